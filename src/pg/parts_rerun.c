/*
 * parts_rerun.c
 *	  A batch that failed, run again as a whole.
 *
 * Only one of which surely nothing was committed: of a batch that is one
 * transaction that is so unless its SQL commits by itself, of another one if
 * every part is known to have failed.
 */
#include "postgres.h"

#include "pg/parts.h"
#include "pg/parts_rerun.h"
#include "stmt/stmt_passing.h"

static bool
commits_itself(const RsdLive *live)
{
	for (int i = 0; i < live->parts->n; i++)
		if (rsd_passing_commits(live->sqls[i]))
			return true;
	return false;
}

bool
rsd_parts_may_rerun(const RsdLive *live)
{
	const RsdParts *parts = live->parts;

	if (!parts->auto_commit)
		return rsd_passing(parts->error, live->retry_on) &&
			!commits_itself(live);
	for (int i = 0; i < parts->n; i++)
	{
		const RsdPart *p = &parts->part[i];

		if (!p->known || p->outcome != RSD_FAILED ||
			!rsd_passing(p->error, live->retry_on))
			return false;
	}
	return true;
}

void
rsd_parts_forget(RsdLive *live)
{
	RsdParts   *parts = live->parts;

	parts->current = -1;
	for (int i = 0; i < parts->n; i++)
	{
		parts->part[i].known = parts->part[i].dirty = false;
		parts->part[i].outcome = parts->part[i].status = RSD_QUEUED;
	}
}
