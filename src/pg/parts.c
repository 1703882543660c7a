/*
 * parts.c
 *	  The parts of a batch in the worker's memory.
 *
 * A part's status follows from facts each time anew: what the service said of
 * it (outcome), whether its rows are in hand or lost, and how the statement
 * ended.  So a write that fails and is thought over needs no way back.
 */
#include "postgres.h"

#include "aws/substatement.h"
#include "pg/parts.h"

/* Words for a part that did not finish, if Redshift has none. */
#define NOT_RUN			"it was not run"
#define ROLLED_BACK		"it ran, but the transaction of its batch did not finish"

/* Words for a part whose rows did not come to its target. */
#define NO_RESULT		"it has no result for its target"
#define NOT_LOADED		"not loaded: all targets of a statement are filled, or none"

void
rsd_parts_create(RsdLive *live, int n, bool auto_commit)
{
	RsdParts   *parts = MemoryContextAllocZero(live->cx, sizeof(RsdParts));

	parts->n = n;
	parts->current = -1;
	parts->auto_commit = auto_commit;
	parts->part = MemoryContextAllocZero(live->cx, sizeof(RsdPart) * n);
	for (int i = 0; i < n; i++)
	{
		RsdPart    *p = &parts->part[i];

		p->outcome = p->status = RSD_QUEUED;
		p->ncolumns = -1;
		p->query_id = p->duration_ns = p->rows_affected = -1;
		p->result_bytes = p->rows_total = -1;
		p->next_token = MemoryContextStrdup(live->cx, "");
	}
	live->parts = parts;
	live->m.batch = true;
}

static void
set_words(RsdLive *live, char **kept, const char *words)
{
	if (*kept != NULL)
		pfree(*kept);
	*kept = words == NULL || words[0] == '\0' ? NULL :
		MemoryContextStrdup(live->cx, words);
}

/* ---- hearing ---- */

/* The status of what did not finish, by who wanted it to stop. */
static RsdStatus
stopped_status(const RsdLive *live, RsdServiceStatus batch)
{
	if (batch != RSD_SERVICE_ABORTED || live->m.wish == RSD_WISH_NONE)
		return RSD_FAILED;
	return live->m.wish == RSD_WISH_CANCEL ? RSD_CANCELLED : RSD_TIMED_OUT;
}

/*
 * What a part's own status at the service means, with the batch's.  Nothing
 * that ran in one transaction counts before that has finished.
 */
static RsdStatus
outcome_of(const RsdLive *live, const RsdSubStatement *sub,
		   RsdServiceStatus batch)
{
	bool		ended = rsd_service_status_final(batch);

	switch (sub->status)
	{
		case RSD_SERVICE_FINISHED:
			if (!live->parts->auto_commit && batch != RSD_SERVICE_FINISHED)
				return ended ? stopped_status(live, batch) : RSD_RUNNING;
			return live->m.fetch && sub->has_result == RSD_TRI_YES ?
				RSD_FETCHING : RSD_FINISHED;
		case RSD_SERVICE_FAILED:
			return RSD_FAILED;
		case RSD_SERVICE_ABORTED:
			return ended ? stopped_status(live, batch) : RSD_RUNNING;
		case RSD_SERVICE_PICKED:
		case RSD_SERVICE_STARTED:
			return ended ? stopped_status(live, batch) : RSD_RUNNING;
		default:
			return ended ? stopped_status(live, batch) : RSD_QUEUED;
	}
}

/* The status while the statement is under way. */
static RsdStatus
passing_status(const RsdPart *p)
{
	return p->lost ? RSD_UNDELIVERED : p->outcome;
}

static void
show(RsdLive *live, RsdPart *p, RsdStatus status)
{
	if (p->known && p->status == status)
		return;
	p->known = true;
	p->status = status;
	p->dirty = true;
	live->dirty = true;
}

/* A part that did not finish, without words of the service. */
static const char *
default_words(const RsdSubStatement *sub, RsdStatus outcome)
{
	if (outcome == RSD_FINISHED || !rsd_status_is_final(outcome))
		return NULL;
	return sub->status == RSD_SERVICE_FINISHED ? ROLLED_BACK : NOT_RUN;
}

static void
hear_part(RsdLive *live, RsdPart *p, const RsdSubStatement *sub,
		  RsdServiceStatus batch)
{
	p->outcome = outcome_of(live, sub, batch);
	strlcpy(p->aws_id, sub->id, sizeof(p->aws_id));
	if (rsd_status_is_final(p->outcome) || p->outcome == RSD_FETCHING)
	{
		strlcpy(p->query_uuid, sub->query_uuid, sizeof(p->query_uuid));
		p->query_id = sub->query_id;
		p->duration_ns = sub->duration_ns;
		p->result_bytes = sub->result_size;
		p->has_result = sub->has_result == RSD_TRI_YES ? RSD_TRI_YES :
			RSD_TRI_NO;
		if (p->has_result == RSD_TRI_YES)
			p->rows_total = Max(p->rows_total, sub->result_rows);
		else
			p->rows_affected = sub->result_rows;
	}
	if (!p->lost)
		set_words(live, &p->error, sub->error[0] != '\0' ? sub->error :
				  default_words(sub, p->outcome));
	if (p->target.name != NULL && p->outcome == RSD_FINISHED)
	{
		p->lost = true;
		p->sqlstate = "22000";
		set_words(live, &p->error, NO_RESULT);
	}
	show(live, p, passing_status(p));
}

/*
 * When nothing of a batch ran, because it could not even begin, the parts
 * have words that say nothing: the reason is with the batch.
 */
static void
spread_error(RsdLive *live, const char *error, bool any_ran)
{
	RsdParts   *parts = live->parts;

	if (any_ran || error[0] == '\0')
		return;
	for (int i = 0; i < parts->n; i++)
		if (parts->part[i].known)
			set_words(live, &parts->part[i].error, error);
}

/* The failure in words: the batch's own, or that of the first part. */
static void
keep_error(RsdLive *live, const char *error)
{
	RsdParts   *parts = live->parts;

	set_words(live, &parts->error, error);
	for (int i = 0; i < parts->n && parts->error == NULL; i++)
	{
		const RsdPart *p = &parts->part[i];

		if (p->outcome == RSD_FAILED && p->error != NULL)
		{
			char	   *words = psprintf("part %d: %s", i + 1, p->error);

			set_words(live, &parts->error, words);
			pfree(words);
		}
	}
}

/* Takes the progress of part i into live. */
static void
enter_part(RsdLive *live, int i)
{
	const RsdPart *p = &live->parts->part[i];

	live->parts->current = i;
	pfree(live->next_token);
	live->next_token = MemoryContextStrdup(live->cx, p->next_token);
	live->ncolumns = p->ncolumns;
	live->pages_done = p->pages_done;
	live->chunks = live->chunks_written = p->chunks;
	live->rows_done = p->rows_done;
	live->rows_total = p->rows_total;
	live->bytes_done = p->bytes_done;
}

static bool
is_left(const RsdPart *p)
{
	return p->outcome == RSD_FETCHING && !p->fetched && !p->lost;
}

/* How many parts are left whose rows go to targets, or are kept. */
static int
count_left(const RsdParts *parts, bool targets, int *first)
{
	int			left = 0;

	for (int i = 0; i < parts->n; i++)
	{
		const RsdPart *p = &parts->part[i];

		if (!is_left(p) || (p->target.name != NULL) != targets)
			continue;
		if (left++ == 0)
			*first = i;
	}
	return left;
}

void
rsd_parts_choose(RsdLive *live)
{
	int			first;

	live->parts->over = false;
	live->parts->current = -1;
	if (count_left(live->parts, false, &first) > 0 ||
		count_left(live->parts, true, &first) > 0)
		enter_part(live, first);
}

/* Ask again: the description does not tell what there is to fetch. */
static void
not_told(RsdNews *news, const char *words)
{
	news->event.kind = RSD_EV_RETRY;
	news->event.wait = RSD_WAIT_BACKOFF;
	news->event.unreadable = true;
	strlcpy(news->words, words, sizeof(news->words));
}

/* Hears all that is said; -1 if it cannot be read, else how many parts. */
static int
hear_parts(RsdLive *live, const RsdDescribeReply *said, bool *any_ran,
		   RsdError *err)
{
	RsdParts   *parts = live->parts;
	RsdSubStatements walk;
	RsdSubStatement *sub = palloc(sizeof(RsdSubStatement));
	int			got;
	int			told = 0;

	rsd_substatements_open(&walk, said->sub_statements);
	while ((got = rsd_substatements_next(&walk, sub, err)) > 0)
	{
		if (sub->part < 1 || sub->part > parts->n)
			continue;
		hear_part(live, &parts->part[sub->part - 1], sub, said->status);
		*any_ran |= sub->status == RSD_SERVICE_FINISHED ||
			sub->status == RSD_SERVICE_FAILED;
		told++;
	}
	pfree(sub);
	return got < 0 ? -1 : told;
}

static bool
has_lost(const RsdParts *parts)
{
	for (int i = 0; i < parts->n; i++)
		if (parts->part[i].lost)
			return true;
	return false;
}

static bool
has_result(const RsdParts *parts)
{
	for (int i = 0; i < parts->n; i++)
		if (parts->part[i].has_result == RSD_TRI_YES)
			return true;
	return false;
}

void
rsd_parts_hear(RsdLive *live, const RsdDescribeReply *said, RsdNews *news)
{
	RsdParts   *parts = live->parts;
	bool		any_ran = false;
	RsdError	err;
	int			told;
	int			first;

	if (live->m.described)
		return;
	told = hear_parts(live, said, &any_ran, &err);
	if (!rsd_service_status_final(said->status))
		return;
	if (told < 0)
		not_told(news, err.what);
	else if (told < parts->n && said->status == RSD_SERVICE_FINISHED)
		not_told(news, "the description does not tell of all parts");
	else
	{
		spread_error(live, said->error, any_ran);
		keep_error(live, said->error);
		news->event.has_result = has_result(parts) ? RSD_TRI_YES : RSD_TRI_NO;
		news->event.parts_left = count_left(parts, false, &first);
		news->event.loads_left = count_left(parts, true, &first);
		news->event.part_lost = has_lost(parts);
		rsd_parts_choose(live);
	}
}

/* ---- fetching ---- */

void
rsd_parts_over(RsdLive *live, RsdPartEnd how, const char *words,
			   const char *sqlstate)
{
	RsdPart    *p = &live->parts->part[live->parts->current];

	live->parts->over = true;
	p->fetched = how == RSD_PART_FETCHED;
	p->lost = how == RSD_PART_LOST;
	if (p->lost)
	{
		rsd_talk_drop_page(live);
		set_words(live, &p->error, words);
		p->sqlstate = sqlstate != NULL ? sqlstate : "22000";
	}
	show(live, p, passing_status(p));
}

void
rsd_parts_sync(RsdLive *live)
{
	RsdPart    *p;

	if (live->parts->current < 0)
		return;
	p = &live->parts->part[live->parts->current];
	pfree(p->next_token);
	p->next_token = MemoryContextStrdup(live->cx, live->next_token);
	p->ncolumns = live->ncolumns;
	p->pages_done = live->pages_done;
	p->chunks = live->chunks;
	p->rows_done = live->rows_done;
	p->rows_total = live->rows_total;
	p->bytes_done = live->bytes_done;
}

void
rsd_parts_go_on(RsdLive *live)
{
	if (live->parts == NULL || !live->parts->over || live->has_page)
		return;
	rsd_parts_sync(live);
	rsd_parts_choose(live);
}

void
rsd_parts_written(RsdLive *live)
{
	RsdParts   *parts = live->parts;

	rsd_parts_sync(live);
	for (int i = 0; i < parts->n; i++)
		parts->part[i].dirty = false;
	rsd_parts_go_on(live);
}

const char *
rsd_parts_result_id(const RsdLive *live)
{
	if (live->parts == NULL)
		return live->aws_id;
	Assert(live->parts->current >= 0);
	return live->parts->part[live->parts->current].aws_id;
}

int
rsd_parts_number(const RsdLive *live)
{
	return live->parts == NULL ? 1 : live->parts->current + 1;
}

/* ---- the end ---- */

/*
 * A part's final status, with the statement's.  Where that is Redshift's
 * verdict, a loader has filled the targets.
 */
static RsdStatus
final_status(const RsdPart *p, RsdStatus whole)
{
	bool		verdict = whole == RSD_FAILED || whole == RSD_CANCELLED ||
		whole == RSD_TIMED_OUT;

	if (p->lost)
		return RSD_UNDELIVERED;
	if (p->target.name != NULL && p->outcome == RSD_FETCHING)
		return verdict ? RSD_FINISHED : whole;
	if (p->fetched)
		return RSD_FINISHED;
	if (rsd_status_is_final(p->outcome))
		return p->outcome;
	if (p->outcome == RSD_FETCHING && verdict)
		return RSD_UNDELIVERED;
	return whole;
}

/* What a loader could not load, and what it therefore did not. */
static void
blame(RsdLive *live, const char *words, const char *sqlstate)
{
	RsdParts   *parts = live->parts;

	for (int i = 0; i < parts->n; i++)
	{
		RsdPart    *p = &parts->part[i];

		if (i + 1 == parts->blamed)
		{
			p->lost = true;
			p->sqlstate = sqlstate;
			set_words(live, &p->error, words);
		}
		else if (p->target.name != NULL && p->outcome == RSD_FETCHING &&
				 !p->lost)
			set_words(live, &p->error, NOT_LOADED);
	}
}

/* The first part that cost the statement its end, or NULL. */
static const RsdPart *
first_lost(const RsdParts *parts, int *number)
{
	for (int i = 0; i < parts->n; i++)
	{
		if (!parts->part[i].lost)
			continue;
		*number = i + 1;
		return &parts->part[i];
	}
	return NULL;
}

const char *
rsd_parts_settle(RsdLive *live, const char *words, const char **sqlstate)
{
	RsdParts   *parts = live->parts;
	const RsdPart *lost;
	int			number;

	if (live->m.status == RSD_UNDELIVERED)
		blame(live, words, *sqlstate);
	for (int i = 0; i < parts->n; i++)
	{
		RsdPart    *p = &parts->part[i];

		if (p->known)
			show(live, p, final_status(p, live->m.status));
	}
	if (live->m.described && live->m.status != RSD_UNDELIVERED &&
		live->m.status != RSD_EXPIRED)
	{
		*sqlstate = NULL;
		return parts->error;
	}
	lost = first_lost(parts, &number);
	if (lost == NULL || live->m.status != RSD_UNDELIVERED)
		return words;
	*sqlstate = lost->sqlstate;
	return MemoryContextStrdup(live->cx,
							   psprintf("part %d: %s", number, lost->error ?
										lost->error : "its rows are lost"));
}

void
rsd_parts_totals(const RsdLive *live, RsdTotals *totals)
{
	const RsdParts *parts = live->parts;

	totals->pages_done = live->pages_done;
	totals->rows_done = live->rows_done;
	totals->rows_total = live->rows_total;
	totals->rows_affected = live->rows_affected;
	totals->result_bytes = live->result_bytes;
	if (parts == NULL)
		return;
	if (parts->current < 0)
		totals->pages_done = totals->rows_done = 0;
	totals->rows_total = parts->current < 0 ? -1 : live->rows_total;
	totals->rows_affected = totals->result_bytes = -1;
	for (int i = 0; i < parts->n; i++)
	{
		const RsdPart *p = &parts->part[i];

		if (i != parts->current)
		{
			totals->pages_done += p->pages_done;
			totals->rows_done += p->rows_done;
			if (p->rows_total >= 0)
				totals->rows_total = Max(totals->rows_total, 0) + p->rows_total;
		}
		if (p->rows_affected >= 0)
			totals->rows_affected = Max(totals->rows_affected, 0) +
				p->rows_affected;
		if (p->result_bytes >= 0)
			totals->result_bytes = Max(totals->result_bytes, 0) +
				p->result_bytes;
	}
}

void
rsd_parts_count(const RsdLive *live, RsdStatus status, int *finished,
				int *failed)
{
	const RsdParts *parts = live->parts;
	int			n = parts == NULL ? 1 : parts->n;

	*finished = 0;
	if (status == RSD_FINISHED)
		*finished = n;
	else if (parts != NULL)
		for (int i = 0; i < n; i++)
			*finished += parts->part[i].known &&
				final_status(&parts->part[i], status) == RSD_FINISHED;
	*failed = n - *finished;
}
