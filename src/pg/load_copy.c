/*
 * load_copy.c
 *	  Rows into a table by CopyFrom().
 *
 * CopyFrom() makes no check of rights: DoCopy() does, so its checks are here
 * by hand.  Nothing here is done with other rights than the current role's.
 *
 * COPY reads lines, and makes values of their texts by input functions.  Here
 * a line only says which values of a row there are, and the functions are
 * ours: they read the values where they lie.  So no value is written as a
 * line of text to be taken apart again, and everything else that COPY does
 * (partitions, triggers, defaults, constraints, where an error happened) is
 * as ever.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "access/xact.h"
#include "commands/copy.h"
#include "commands/copyfrom_internal.h"
#include "commands/defrem.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "parser/parse_relation.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/guc.h"
#include "utils/rel.h"

#include "pg/compat.h"
#include "pg/load_copy.h"
#include "pg/load_value.h"

/*
 * COPY keeps rows back until their lines have 64 kB, or there are 1,000.  For
 * so many bytes of values a line has one, so that it never keeps more than
 * about 1 MB.
 */
#define BYTES_PER_FILLER	16
#define MAX_FILLER			(64 * 1024)

/* What stands for NULL in a line. */
#define NULL_MARK			'N'

/* A column being filled. */
typedef struct Column
{
	struct Copy *copy;
	int			source;			/* in the result */
	RsdValueMaker maker;
} Column;

/* One COPY under way. */
typedef struct Copy
{
	RsdLoadRows *rows;
	RsdLoadNext next;
	void	   *arg;
	int			ncolumns;
	Column	   *columns;
	StringInfoData line;		/* of the row */
	int			given;			/* bytes of it that COPY has */
	bool		reading;		/* next() is at work */
	CopyFromState state;
	RsdLoadPlace *place;
	ErrorContextCallback context;
} Copy;

/*
 * COPY's callback gets no argument, so what is under way in this process has
 * to be found by a variable.
 */
static Copy *current = NULL;

/* A line of the row: for each value nothing or NULL's mark. */
static void
make_line(Copy *copy)
{
	size_t		filler = rsd_load_rows_width(copy->rows) / BYTES_PER_FILLER;

	resetStringInfo(&copy->line);
	for (int i = 0; i < copy->ncolumns; i++)
	{
		if (i > 0)
			appendStringInfoCharMacro(&copy->line, '\t');
		if (rsd_load_rows_null(copy->rows, i))
			appendStringInfoCharMacro(&copy->line, NULL_MARK);
		else if (filler > 0)
		{
			appendStringInfoSpaces(&copy->line, (int) Min(filler, MAX_FILLER));
			filler = 0;
		}
	}
	appendStringInfoCharMacro(&copy->line, '\n');
}

/*
 * COPY asks for bytes: those of one line, 0 only at the end.  It asks again
 * only when it is through with that row, whose values are gone then.
 */
static int
give(void *buffer, int minread, int maxread)
{
	Copy	   *copy = current;
	int			n;

	if (copy->given == copy->line.len)
	{
		bool		more;

		copy->reading = true;
		more = copy->next(copy->arg);
		copy->reading = false;
		if (!more)
			return 0;
		make_line(copy);
		copy->given = 0;
	}
	n = Min(copy->line.len - copy->given, maxread);
	memcpy(buffer, copy->line.data + copy->given, n);
	copy->given += n;
	return n;
}

/* What COPY calls in place of a column's input function. */
static Datum
value_in(PG_FUNCTION_ARGS)
{
	Column	   *column = fcinfo->flinfo->fn_extra;
	Copy	   *copy = column->copy;

	if (PG_GETARG_CSTRING(0) == NULL)
	{
		rsd_value_null(&column->maker);
		PG_RETURN_NULL();
	}
	return rsd_value_make(&column->maker,
						  rsd_load_rows_text(copy->rows, column->source),
						  &copy->state->cur_attval);
}

/* Puts ourselves between COPY and the input functions of what is filled. */
static void
take_columns(Copy *copy, TupleDesc desc)
{
	int			i = 0;
	ListCell   *lc;

	copy->ncolumns = list_length(copy->state->attnumlist);
	copy->columns = palloc(sizeof(Column) * copy->ncolumns);
	foreach(lc, copy->state->attnumlist)
	{
		int			m = lfirst_int(lc) - 1;
		Form_pg_attribute att = TupleDescAttr(desc, m);
		FmgrInfo   *function = &copy->state->in_functions[m];
		Column	   *column = &copy->columns[i];

		column->copy = copy;
		column->source = i++;
		rsd_value_maker_init(&column->maker, att->atttypid, att->atttypmod);
		function->fn_addr = value_in;
		function->fn_extra = column;
	}
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
	char		mark[] = {NULL_MARK, '\0'};
	char	   *encoding = pstrdup(GetDatabaseEncodingName());

	return list_make3(makeDefElem("format", (Node *) makeString("text"), -1),
					  makeDefElem("null", (Node *) makeString(pstrdup(mark)), -1),
					  makeDefElem("encoding", (Node *) makeString(encoding), -1));
}

/* COPY, with the row of an error at hand. */
static int64
run(Copy *copy, Relation rel, ParseState *pstate, List *columns)
{
	int64		rows;

	copy->state = BeginCopyFrom(pstate, rel, NULL, NULL, false, give, columns,
								copy_options());
	take_columns(copy, RelationGetDescr(rel));
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
rsd_load_copy(Oid relid, List *columns, RsdLoadRows *rows, RsdLoadNext next,
			  void *arg, RsdLoadPlace *place)
{
	Relation	rel = table_open(relid, RowExclusiveLock);
	Copy		copy = {.rows = rows, .next = next, .arg = arg, .place = place};
	List	   *names = NIL;
	ParseState *pstate;
	ListCell   *lc;
	int64		loaded;
	int			nest;

	foreach(lc, columns)
		names = lappend(names, makeString(lfirst(lc)));
	if (XactReadOnly && !rel->rd_islocaltemp)
		PreventCommandIfReadOnly("COPY FROM");
	pstate = check_rights(rel, names);
	initStringInfo(&copy.line);
	nest = pin_formats();
	loaded = run(&copy, rel, pstate, names);
	AtEOXact_GUC(false, nest);
	free_parsestate(pstate);
	table_close(rel, NoLock);
	pfree(copy.line.data);
	return loaded;
}
