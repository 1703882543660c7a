-- One extension, one server, one mapping.
CREATE EXTENSION rsdata;

-- The last four options send calls to the emulator and name the SNS topic;
-- a real cluster or workgroup needs the first three only.
\getenv emulator RSDATA_EMULATOR
\set topic arn:aws:sns:eu-west-1:123456789012:outcomes
CREATE SERVER wh FOREIGN DATA WRAPPER rsdata OPTIONS (
    region 'eu-west-1', workgroup_name 'analytics', database 'warehouse',
    endpoint_url :'emulator', sns_endpoint_url :'emulator',
    success_topic_arn :'topic', failure_topic_arn :'topic');
CREATE USER MAPPING FOR CURRENT_USER SERVER wh OPTIONS (
    access_key_id 'AKIDEXAMPLE', secret_access_key 'secretexample');

-- Whoever listens is told when a statement ends.
LISTEN rsdata;

-- Three statements: a query, a change, a mistake.  Each call gives an id at
-- once; nothing waits.
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

-- A background worker runs them, all in flight together.  A session that
-- wants to wait can: the notifications arrive as the statements end.
SELECT rsdata_wait(1);
SELECT rsdata_wait(2);
SELECT rsdata_wait(3);

-- What became of them.
SELECT id, label, status, rows_total, rows_affected
FROM rsdata.statements ORDER BY id;
SELECT id, sqlstate, error FROM rsdata.statements WHERE status = 'failed';

-- The rows are here now, and typed as you say.
SELECT region, n, revenue, round(revenue / n, 2) AS average, last_sale::date
FROM rsdata_result(1)
    AS t(region text, n bigint, revenue numeric, last_sale timestamp);

-- A failed statement has no rows; asking for them tells why.
SELECT * FROM rsdata_result(3) AS t(revenue numeric);
