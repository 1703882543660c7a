/*
 * load_copy.c
 *	  Rows into a table by CopyFrom().
 *
 * CopyFrom() makes no check of rights: DoCopy() does, so its checks are here
 * by hand.  Nothing here is done with other rights than the current role's.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "access/xact.h"
#include "commands/copy.h"
#include "commands/copyfrom_internal.h"
#include "commands/defrem.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "parser/parse_relation.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/guc.h"
#include "utils/rel.h"

#include "pg/compat.h"
#include "pg/load_copy.h"

/* One COPY under way. */
typedef struct Copy
{
	RsdLoadSource source;
	void	   *arg;
	StringInfoData lines;
	int			given;			/* bytes of lines that COPY has */
	bool		reading;		/* the source is at work */
	CopyFromState state;
	RsdLoadPlace *place;
	ErrorContextCallback context;
} Copy;

/*
 * COPY's callback gets no argument, so what is under way in this process has
 * to be found by a variable.
 */
static Copy *current = NULL;

/* COPY asks for bytes: as many as are ready, 0 only at the end. */
static int
give(void *buffer, int minread, int maxread)
{
	Copy	   *copy = current;
	bool		more;
	int			n;

	while (copy->lines.len - copy->given < minread)
	{
		if (copy->given > 0)
		{
			memmove(copy->lines.data, copy->lines.data + copy->given,
					copy->lines.len - copy->given);
			copy->lines.len -= copy->given;
			copy->given = 0;
		}
		copy->reading = true;
		more = copy->source(copy->arg, &copy->lines);
		copy->reading = false;
		if (!more)
			break;
	}
	n = Min(copy->lines.len - copy->given, maxread);
	memcpy(buffer, copy->lines.data + copy->given, n);
	copy->given += n;
	if (copy->given == copy->lines.len)
	{
		resetStringInfo(&copy->lines);
		copy->given = 0;
	}
	return n;
}

/*
 * Notes the row and column of an error.  COPY's own callback is there while
 * it is at a row; a trigger that fires at the end belongs to no row, and what
 * the source complains about is of a row that COPY has not come to.
 */
static void
note_place(void *arg)
{
	Copy	   *copy = arg;

	copy->place->row = 0;
	copy->place->column[0] = '\0';
	if (copy->reading)
		return;
	for (ErrorContextCallback *c = error_context_stack; c != NULL && c != &copy->context;
		 c = c->previous)
	{
		if (c->callback != CopyFromErrorCallback)
			continue;
		copy->place->row = (int64) copy->state->cur_lineno;
		if (copy->state->cur_attname != NULL)
			strlcpy(copy->place->column, copy->state->cur_attname, NAMEDATALEN);
	}
}

/* INSERT on each column that is filled, as DoCopy() wants it. */
static ParseState *
check_rights(Relation rel, List *columns)
{
	ParseState *pstate = make_parsestate(NULL);
	ParseNamespaceItem *item;
	Bitmapset  *filled = NULL;
	ListCell   *lc;

	item = addRangeTableEntryForRelation(pstate, rel, RowExclusiveLock,
										 NULL, false, false);
	foreach(lc, CopyGetAttnums(RelationGetDescr(rel), rel, columns))
		filled = bms_add_member(filled, lfirst_int(lc) -
								FirstLowInvalidHeapAttributeNumber);
	rsd_compat_check_insert(pstate, item, filled);
	return pstate;
}

static List *
copy_options(void)
{
	return list_make2(makeDefElem("format", (Node *) makeString("text"), -1),
					  makeDefElem("encoding", (Node *) makeString("UTF8"), -1));
}

/* COPY, with the row of an error at hand. */
static int64
run(Copy *copy, Relation rel, ParseState *pstate, List *columns)
{
	int64		rows;

	copy->state = BeginCopyFrom(pstate, rel, NULL, NULL, false, give, columns,
								copy_options());
	copy->context.callback = note_place;
	copy->context.arg = copy;
	copy->context.previous = error_context_stack;
	error_context_stack = &copy->context;
	current = copy;
	rows = (int64) CopyFrom(copy->state);
	current = NULL;
	error_context_stack = copy->context.previous;
	EndCopyFrom(copy->state);
	return rows;
}

/* The texts of the service are read the same way whatever the role has set. */
static int
pin_formats(void)
{
	int			nest = NewGUCNestLevel();

	(void) set_config_option("DateStyle", "ISO, YMD", PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	(void) set_config_option("IntervalStyle", "postgres", PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	return nest;
}

int64
rsd_load_copy(Oid relid, List *columns, RsdLoadSource source, void *arg,
			  RsdLoadPlace *place)
{
	Relation	rel = table_open(relid, RowExclusiveLock);
	Copy		copy = {.source = source, .arg = arg, .place = place};
	List	   *names = NIL;
	ParseState *pstate;
	ListCell   *lc;
	int64		rows;
	int			nest;

	foreach(lc, columns)
		names = lappend(names, makeString(lfirst(lc)));
	if (XactReadOnly && !rel->rd_islocaltemp)
		PreventCommandIfReadOnly("COPY FROM");
	pstate = check_rights(rel, names);
	initStringInfo(&copy.lines);
	nest = pin_formats();
	rows = run(&copy, rel, pstate, names);
	AtEOXact_GUC(false, nest);
	free_parsestate(pstate);
	table_close(rel, NoLock);
	pfree(copy.lines.data);
	return rows;
}
