/*
 * signer.c
 *	  Statements that ended before it was known whose keys had sent them.
 *
 * Only to be shown, so a row that somebody holds goes without.
 */
#include "postgres.h"

#include "datatype/timestamp.h"
#include "lib/ilist.h"

#include "pg/rowio.h"
#include "pg/signer.h"
#include "pg/store_sql.h"
#include "pg/txn.h"

/* After a write that failed. */
#define PAUSE				USECS_PER_SEC
#define MAX_FAILURES		10

typedef struct Unsigned
{
	int64		id;
	RsdCredSource *source;
	dlist_node	node;
} Unsigned;

struct RsdSigners
{
	MemoryContext cx;
	dlist_head	list;			/* of Unsigned */
	int64		not_before;		/* after a write that failed; else 0 */
	int			failures;		/* in a row */
};

RsdSigners *
rsd_signers_create(void)
{
	RsdSigners *signers = palloc0(sizeof(RsdSigners));

	signers->cx = CurrentMemoryContext;
	dlist_init(&signers->list);
	return signers;
}

void
rsd_signers_add(RsdSigners *signers, int64 id, RsdCredSource *source)
{
	Unsigned   *entry = MemoryContextAlloc(signers->cx, sizeof(Unsigned));

	entry->id = id;
	entry->source = source;
	rsd_cred_source_keep(source);
	dlist_push_tail(&signers->list, &entry->node);
}

static bool
is_known(const Unsigned *entry)
{
	return rsd_cred_source_identity(entry->source)[0] != '\0';
}

/* Answered, in whatever way. */
static bool
is_over(const Unsigned *entry)
{
	return is_known(entry) || !rsd_cred_source_asking(entry->source);
}

static void
write_known(void *arg)
{
	RsdSigners *signers = arg;
	dlist_iter	iter;

	rsd_store_lock();
	dlist_foreach(iter, &signers->list)
	{
		Unsigned   *entry = dlist_container(Unsigned, node, iter.cur);
		RsdArgs		args = {0};

		if (!is_known(entry))
			continue;
		rsd_arg_int8(&args, entry->id);
		rsd_arg_word(&args, rsd_cred_source_identity(entry->source));
		rsd_store_run(RSD_SQL_IDENTIFY, &args);
	}
}

static void
forget_over(RsdSigners *signers)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &signers->list)
	{
		Unsigned   *entry = dlist_container(Unsigned, node, iter.cur);

		if (!is_over(entry))
			continue;
		rsd_cred_source_release(entry->source);
		dlist_delete(&entry->node);
		pfree(entry);
	}
}

void
rsd_signers_record(RsdSigners *signers, int64 now)
{
	dlist_iter	iter;
	bool		known = false;
	ErrorData  *error = NULL;

	if (dlist_is_empty(&signers->list) || now < signers->not_before)
		return;
	dlist_foreach(iter, &signers->list)
		known |= is_known(dlist_container(Unsigned, node, iter.cur));
	if (known)
		error = rsd_txn_run(write_known, signers);
	if (error != NULL)
	{
		FreeErrorData(error);
		signers->not_before = now + PAUSE;
		if (++signers->failures < MAX_FAILURES)
			return;
	}
	signers->failures = 0;
	signers->not_before = 0;
	forget_over(signers);
}

int64
rsd_signers_due(const RsdSigners *signers)
{
	return signers->not_before;
}

bool
rsd_signers_waiting(const RsdSigners *signers)
{
	return !dlist_is_empty(&unconstify(RsdSigners *, signers)->list);
}
