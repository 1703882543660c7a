/*
 * listen.c
 *		Waits for the ends of statements of rsdata, without polling.
 *
 * usage: listen CONNINFO ID...
 *
 * Prints "ID STATUS" for each as it ends.  First LISTEN, then look, then
 * sleep: what ended before the LISTEN is found by the look, what ends after
 * it is notified.  A notification is only a hint to look; the status is read
 * from the database, so it is right also for who was away.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

static const char final_words[] =
" finished failed cancelled timed_out undelivered skipped expired orphaned ";

static void
stop(PGconn *conn)
{
	fprintf(stderr, "listen: %s", PQerrorMessage(conn));
	PQfinish(conn);
	exit(2);
}

/* Runs a query that must work. */
static PGresult *
run(PGconn *conn, const char *sql, int nparams, const char *const *params)
{
	PGresult   *res = PQexecParams(conn, sql, nparams, NULL, params, NULL,
								   NULL, 0);

	if (PQresultStatus(res) != PGRES_TUPLES_OK &&
		PQresultStatus(res) != PGRES_COMMAND_OK)
		stop(conn);
	return res;
}

/* Prints it and returns 1 if the statement has ended, or is unknown. */
static int
has_ended(PGconn *conn, const char *id)
{
	PGresult   *res = run(conn, "SELECT coalesce(rsdata_status($1), 'unknown')",
						  1, &id);
	const char *status = PQgetvalue(res, 0, 0);
	char		word[64];
	int			ended;

	snprintf(word, sizeof(word), " %s ", status);
	ended = strstr(final_words, word) != NULL ||
		strcmp(status, "unknown") == 0;
	if (ended)
	{
		printf("%s %s\n", id, status);
		fflush(stdout);
	}
	PQclear(res);
	return ended;
}

/* Sleeps until at least one notification is there, and takes them all. */
static void
wait_for_news(PGconn *conn)
{
	struct pollfd fd = {PQsocket(conn), POLLIN, 0};
	PGnotify   *note;
	int			news = 0;

	for (;;)
	{
		while ((note = PQnotifies(conn)) != NULL)
		{
			PQfreemem(note);
			news = 1;
		}
		if (news)
			return;
		(void) poll(&fd, 1, -1);
		if (!PQconsumeInput(conn))
			stop(conn);			/* a real program would connect anew */
	}
}

int
main(int argc, char **argv)
{
	PGconn	   *conn = PQconnectdb(argc > 1 ? argv[1] : "");
	int			left = argc - 2;

	if (PQstatus(conn) != CONNECTION_OK)
		stop(conn);
	PQclear(run(conn, "LISTEN rsdata", 0, NULL));
	while (left > 0)
	{
		for (int i = 2; i < argc; i++)
		{
			if (argv[i] != NULL && has_ended(conn, argv[i]))
			{
				argv[i] = NULL;
				left--;
			}
		}
		if (left > 0)
			wait_for_news(conn);
	}
	PQfinish(conn);
	return 0;
}
