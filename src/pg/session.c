/*
 * session.c
 *	  The session at the service that a statement runs in.
 *
 * The service answers "Session is not available" both for one that is busy
 * and for one that it has closed.  Statements of one session never overlap
 * here, so a session that stays busy is lost, unless a request of this very
 * statement may be what keeps it busy: then only time tells.
 */
#include "postgres.h"

#include "pg/session.h"

/* A session closes after so many seconds without use, if nothing is said. */
#define DEFAULT_KEEP_ALIVE	600

/* A session that refuses so often in a row is given up. */
#define REFUSALS			4

static const char *
known(const char *value)
{
	return value != NULL ? value : "";
}

char *
rsd_session_place(const RsdRoute *route)
{
	return psprintf("%s|%s|%s|%s|%s|%s", route->endpoint.region,
					known(route->cluster), known(route->workgroup),
					known(route->database), known(route->db_user),
					known(route->secret_arn));
}

/* Is there a session, opened where this statement is to run? */
static bool
usable(const RsdLive *live)
{
	char	   *place;
	bool		same;

	if (live->session_id[0] == '\0')
		return false;
	place = rsd_session_place(live->route);
	same = strcmp(place, known(live->session_place)) == 0;
	pfree(place);
	return same;
}

void
rsd_session_fill(const RsdLive *live, RsdExecuteCall *execute)
{
	if (live->session == NULL)
		return;
	execute->session_keep_alive = live->keep_alive > 0 ? live->keep_alive : -1;
	if (!usable(live))
	{
		if (live->keep_alive == 0)
			execute->session_keep_alive = DEFAULT_KEEP_ALIVE;
		return;
	}
	execute->session_id = live->session_id;
	execute->database = execute->cluster = execute->workgroup = NULL;
	execute->db_user = execute->secret_arn = NULL;
}

void
rsd_session_accepted(RsdLive *live)
{
	if (live->session == NULL)
		return;
	if (live->aws_session_id[0] == '\0' && usable(live))
		strlcpy(live->aws_session_id, live->session_id,
				sizeof(live->aws_session_id));
	if (live->keep_alive == 0)
		live->keep_alive = usable(live) ? live->session_keep_alive :
			DEFAULT_KEEP_ALIVE;
	live->session_refused = 0;
	live->session_lost = false;
}

const char *
rsd_session_refused(RsdLive *live, bool gone, int64 now)
{
	bool		doubtful = live->m.unsure;

	live->session_refused++;
	live->session_lost = gone || now >= live->session_expires ||
		(!doubtful && live->session_refused >= REFUSALS);
	if (!live->session_lost)
		return "the session is busy at the service";
	live->session_id[0] = '\0';
	return "the session has ended at the service; a new one is opened, without the temporary tables of the old one";
}
