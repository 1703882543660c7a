/*
 * store_queue_sql.h
 *	  The two long queries of the queue, for the table in store_sql.c: who is
 *	  next, and who need not wait for others any longer.
 */
#ifndef RSD_PG_STORE_QUEUE_SQL_H
#define RSD_PG_STORE_QUEUE_SQL_H

/* Is a queued row due at $1, and not overdue? */
#define RSD_DUE_SQL \
	"(s.next_attempt_at IS NULL OR s.next_attempt_at <= $1) " \
	"AND (s.deadline_at IS NULL OR s.deadline_at > $1) "

/* Does it say that there is no way to its server? */
#define RSD_HELD_SQL \
	"s.wait_reason IN ('paused', 'credentials') "

/*
 * Who may be next.  "pair" walks the index from one owner of a server to the
 * next one, "lane" from session to session, so that the cost grows with their
 * number and not with that of the rows.  Of a session only the first
 * unfinished statement may go.  When there are very many pairs, fewer rows of
 * each are read, one at least, so that memory stays small.
 *
 * $1 now, $2 rows of one owner, $3 rows of all owners together.
 */
#define RSD_QUEUED_SQL \
	"WITH RECURSIVE pair AS (" \
	"(SELECT s.server, s.owner FROM rsdata.statement s " \
	"WHERE s.open AND s.ready AND s.session IS NULL " \
	"ORDER BY s.server, s.owner LIMIT 1) " \
	"UNION ALL SELECT n.server, n.owner FROM pair p, " \
	"LATERAL (SELECT s.server, s.owner FROM rsdata.statement s " \
	"WHERE s.open AND s.ready AND s.session IS NULL " \
	"AND (s.server, s.owner) > (p.server, p.owner) " \
	"ORDER BY s.server, s.owner LIMIT 1) n), " \
	"lane AS (" \
	"(SELECT s.server, s.owner, s.session FROM rsdata.statement s " \
	"WHERE s.session IS NOT NULL AND s.finished_at IS NULL " \
	"ORDER BY s.server, s.owner, s.session LIMIT 1) " \
	"UNION ALL SELECT n.server, n.owner, n.session FROM lane l, " \
	"LATERAL (SELECT s.server, s.owner, s.session " \
	"FROM rsdata.statement s " \
	"WHERE s.session IS NOT NULL AND s.finished_at IS NULL " \
	"AND (s.server, s.owner, s.session) > (l.server, l.owner, l.session) " \
	"ORDER BY s.server, s.owner, s.session LIMIT 1) n) " \
	"SELECT q.* FROM pair p, LATERAL (" \
	"SELECT s.id, s.server, s.owner, s.wish IS NOT NULL, " RSD_HELD_SQL \
	"FROM rsdata.statement s " \
	"WHERE s.open AND s.ready AND s.session IS NULL " \
	"AND s.server = p.server AND s.owner = p.owner " \
	"AND s.status = 'queued' AND " RSD_DUE_SQL \
	"ORDER BY s.server, s.owner, s.id LIMIT (SELECT " \
	"greatest(1, least($2, $3 / greatest(1, count(*)))) FROM pair)) q " \
	"UNION ALL " \
	"SELECT s.id, s.server, s.owner, s.wish IS NOT NULL, " RSD_HELD_SQL \
	"FROM lane l, LATERAL (" \
	"SELECT h.* FROM rsdata.statement h " \
	"WHERE h.session IS NOT NULL AND h.finished_at IS NULL " \
	"AND h.server = l.server AND h.owner = l.owner " \
	"AND h.session = l.session " \
	"ORDER BY h.server, h.owner, h.session, h.id LIMIT 1) s " \
	"WHERE s.open AND s.ready AND s.status = 'queued' " \
	"AND " RSD_DUE_SQL

/*
 * Who need not wait for others any longer.  Looks at the dependencies that
 * the worker has not seen yet, and at those on the statements $1, which have
 * ended, some at a time.  Who may go becomes ready.  Returned is who is to be
 * skipped, with the statement that is the reason and what became of it; with
 * NULLs who is left for later, because somebody holds the row; and id 0 if
 * there may be more.
 */
#define RSD_JUDGE_SQL \
	"WITH touched AS MATERIALIZED (" \
	"SELECT d.statement, d.after, coalesce(p.status, 'purged') AS ended " \
	"FROM rsdata.dependency d " \
	"LEFT JOIN rsdata.statement p ON p.id = d.after " \
	"WHERE (NOT d.seen OR d.after = ANY ($1)) " \
	"AND (p.id IS NULL OR p.finished_at IS NOT NULL) LIMIT 500), " \
	"free AS MATERIALIZED (" \
	"SELECT id, coalesce(options->>'after_condition', 'success') AS condition " \
	"FROM rsdata.statement WHERE id IN (SELECT statement FROM touched) " \
	"AND status = 'queued' AND NOT ready FOR NO KEY UPDATE SKIP LOCKED), " \
	"fact AS MATERIALIZED (" \
	"SELECT f.id, f.condition, " \
	"min(t.after) FILTER (WHERE t.ended <> 'finished') AS unfinished, " \
	"bool_or(t.ended NOT IN ('finished', 'skipped', 'purged')) " \
	"AS failure, " \
	"max(t.after) AS latest, " \
	"(SELECT count(*) FROM rsdata.dependency r WHERE r.statement = f.id) " \
	"> count(*) AS more " \
	"FROM free f JOIN touched t ON t.statement = f.id " \
	"GROUP BY f.id, f.condition), " \
	"verdict AS MATERIALIZED (" \
	"SELECT id, coalesce(unfinished, latest) AS culprit, CASE " \
	"WHEN condition = 'success' AND unfinished IS NOT NULL THEN 'skip' " \
	"WHEN condition = 'failure' AND failure THEN 'go' " \
	"WHEN more THEN 'wait' " \
	"WHEN condition = 'failure' THEN 'skip' ELSE 'go' END AS what " \
	"FROM fact), " \
	"going AS (UPDATE rsdata.statement SET ready = true, " \
	"wait_reason = NULL, wait_detail = NULL " \
	"WHERE id IN (SELECT id FROM verdict WHERE what = 'go')), " \
	"free_now AS (DELETE FROM rsdata.dependency d USING verdict v " \
	"WHERE d.statement = v.id AND v.what = 'go'), " \
	"settled AS (DELETE FROM rsdata.dependency d USING verdict v, touched t " \
	"WHERE v.what = 'wait' AND t.statement = v.id " \
	"AND d.statement = t.statement AND d.after = t.after) " \
	"SELECT v.id, v.culprit, t.ended FROM verdict v " \
	"JOIN touched t ON t.statement = v.id AND t.after = v.culprit " \
	"WHERE v.what = 'skip' " \
	"UNION ALL SELECT DISTINCT t.statement, NULL::bigint, NULL " \
	"FROM touched t JOIN rsdata.statement s ON s.id = t.statement " \
	"WHERE s.status = 'queued' AND NOT s.ready " \
	"AND t.statement NOT IN (SELECT id FROM free) " \
	"UNION ALL SELECT 0, NULL, NULL " \
	"WHERE (SELECT count(*) FROM touched) = 500"

#endif							/* RSD_PG_STORE_QUEUE_SQL_H */
