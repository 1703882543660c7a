/*
 * t_liststatements.c
 *		A page of the reply to ListStatements.
 */
#include "aws/liststatements.h"
#include "fuzz.h"

static void
need_within(RsdSlice part, RsdSlice whole)
{
	need(part.len == 0 || (part.data >= whole.data &&
						   part.data + part.len <= whole.data + whole.len));
}

static void
fuzz_one(RsdSlice input)
{
	static RsdListedStatement st;
	RsdStatementList list;
	RsdError	err;
	bool		more = true;

	if (!rsd_liststatements_open(input, &list, &err))
	{
		need(err.kind != RSD_ERR_NONE);
		return;
	}
	while (more)
	{
		if (!rsd_liststatements_next(&list, &st, &more, &err))
		{
			need(err.kind != RSD_ERR_NONE && !more);
			break;
		}
		if (!more)
			break;
		need_string(st.id, sizeof(st.id));
		need_string(st.name, sizeof(st.name));
		need_string(st.status_word, sizeof(st.status_word));
		need_within(st.sql, input);
		need_within(st.sqls, input);
		need_within(st.params, input);
	}
	rsd_liststatements_close(&list);
}
