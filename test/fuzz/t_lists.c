/*
 * t_lists.c
 *		Pages of the lists: names, tables, columns, sessions.
 */
#include "aws/listcatalog.h"
#include "aws/listsessions.h"
#include "fuzz.h"

static void
need_within(RsdSlice part, RsdSlice whole)
{
	need(part.data == NULL || (part.data >= whole.data &&
							   part.data + part.len <= whole.data + whole.len));
}

static bool
one_name(RsdListPage *page, RsdSlice input, bool *more, RsdError *err)
{
	RsdSlice	name;

	if (!rsd_listcatalog_name(page, &name, more, err))
		return false;
	if (*more)
		need_within(name, input);
	return true;
}

static bool
one_table(RsdListPage *page, RsdSlice input, bool *more, RsdError *err)
{
	RsdListedTable table;

	if (!rsd_listcatalog_table(page, &table, more, err))
		return false;
	need(!*more || table.name.data != NULL);
	need_within(table.schema, input);
	need_within(table.name, input);
	need_within(table.type, input);
	return true;
}

static bool
one_column(RsdListPage *page, RsdSlice input, bool *more, RsdError *err)
{
	RsdListedColumn column;

	if (!rsd_listcatalog_column(page, &column, more, err))
		return false;
	need(!*more || column.name.data != NULL);
	need_within(column.name, input);
	need_within(column.default_value, input);
	return true;
}

static bool
one_session(RsdListPage *page, RsdSlice input, bool *more, RsdError *err)
{
	RsdListedSession session;

	if (!rsd_listsessions_next(page, &session, more, err))
		return false;
	need_string(session.id, sizeof(session.id));
	need_string(session.status_word, sizeof(session.status_word));
	need_string(session.statement_id, sizeof(session.statement_id));
	need_within(session.database, input);
	need_within(session.workgroup, input);
	return true;
}

static void
fuzz_one(RsdSlice input)
{
	static const struct
	{
		RsdOp		op;
		bool		(*one) (RsdListPage *, RsdSlice, bool *, RsdError *);
	}			lists[] =
	{
		{RSD_OP_LIST_DATABASES, one_name},
		{RSD_OP_LIST_SCHEMAS, one_name},
		{RSD_OP_LIST_TABLES, one_table},
		{RSD_OP_DESCRIBE_TABLE, one_column},
		{RSD_OP_LIST_SESSIONS, one_session},
	};
	RsdListPage page;
	RsdError	err;
	bool		more;
	size_t		i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
	{
		rsd_error_clear(&err);
		if (!(lists[i].op == RSD_OP_LIST_SESSIONS ?
			  rsd_listsessions_open(&page, input, &err) :
			  rsd_listcatalog_open(&page, lists[i].op, input, &err)))
		{
			need(err.kind != RSD_ERR_NONE);
			continue;
		}
		do
		{
			if (!lists[i].one(&page, input, &more, &err))
				need(err.kind != RSD_ERR_NONE && !more);
		} while (more);
		rsd_listpage_close(&page);
	}
}
