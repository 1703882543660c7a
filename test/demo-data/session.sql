/*
 * The session that test/demo shows.  psql echoes the statements it sends;
 * what a reader should know besides is echoed here.  (A comment would be
 * sent along with the next statement: this one is dropped.)
 */
\set QUIET on
\r
\set QUIET off
\getenv emulator RSDATA_EMULATOR
\set topic arn:aws:sns:eu-west-1:123456789012:outcomes

\echo '-- One extension, one server, one mapping.  The last four options point to the'
\echo '-- emulator and name an SNS topic: for a real Redshift the first three will do.'
CREATE EXTENSION rsdata;
CREATE SERVER wh FOREIGN DATA WRAPPER rsdata OPTIONS (
    region 'eu-west-1', workgroup_name 'analytics', database 'warehouse',
    endpoint_url :'emulator', sns_endpoint_url :'emulator',
    success_topic_arn :'topic', failure_topic_arn :'topic');
CREATE USER MAPPING FOR CURRENT_USER SERVER wh OPTIONS (
    access_key_id 'AKIDEXAMPLE', secret_access_key 'secretexample');

\echo
\echo '-- Who listens is told when a statement ends.'
LISTEN rsdata;

\echo
\echo '-- Three statements: a query, a change, a mistake.  Each call gives an id at'
\echo '-- once and waits for nothing.'
SELECT rsdata_submit(
    'select region, count(*), sum(amount) as revenue, max(sold_at) as last_sale
       from sale group by region order by revenue desc',
    server => 'wh', label => 'sales by region');
SELECT rsdata_submit(
    'update product set price = price * 1.05 where name like :pattern',
    server => 'wh', label => 'beans cost more',
    params => '{"pattern": "Beans%"}');
SELECT rsdata_submit('select revenu from sale', server => 'wh',
    label => 'a typo');
SELECT id, label, status FROM rsdata.statements ORDER BY id;

\echo '-- A background worker has them all in flight.  A session that wants to wait can;'
\echo '-- the notifications come as the statements end.'
SELECT rsdata_wait(1), rsdata_wait(2), rsdata_wait(3);

\echo
\echo '-- What became of them.'
SELECT id, label, status, rows_total, rows_affected
FROM rsdata.statements ORDER BY id;
SELECT id, error FROM rsdata.statements WHERE status = 'failed';

\echo '-- The rows are here now, and typed as you say.'
SELECT region, n, revenue, round(revenue / n, 2) AS average, last_sale::date
FROM rsdata_result(1)
    AS t(region text, n bigint, revenue numeric, last_sale timestamp);

\echo '-- A failed statement has no rows; asking for them tells why.'
SELECT * FROM rsdata_result(3) AS t(revenue numeric);
