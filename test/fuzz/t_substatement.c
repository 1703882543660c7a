/*
 * t_substatement.c
 *		The parts of a batch in the reply to DescribeStatement.
 */
#include "aws/substatement.h"
#include "fuzz.h"

static void
fuzz_one(RsdSlice input)
{
	RsdSubStatements walk;
	RsdSubStatement sub;
	RsdError	err;
	size_t		n = 0;
	int			got;

	rsd_substatements_open(&walk, input);
	while ((got = rsd_substatements_next(&walk, &sub, &err)) > 0)
	{
		need_string(sub.id, sizeof(sub.id));
		need_string(sub.error, sizeof(sub.error));
		need_string(sub.query_uuid, sizeof(sub.query_uuid));
		need(sub.part >= 0 && sub.part <= RSD_MAX_PARTS);
		need(++n <= input.len);
	}
	need(got == 0 || err.kind != RSD_ERR_NONE);
}
