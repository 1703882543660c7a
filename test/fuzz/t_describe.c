/*
 * t_describe.c
 *		The reply to DescribeStatement, with the parts of a batch in it.
 */
#include "aws/dataapi.h"
#include "base/json.h"
#include "fuzz.h"

static void
fuzz_one(RsdSlice input)
{
	RsdDescribeReply reply;
	RsdJsonReader reader;
	RsdJsonToken token;
	RsdError	err;

	if (!rsd_dataapi_read_describe(input, &reply, &err))
	{
		need(err.kind != RSD_ERR_NONE);
		return;
	}
	need(reply.id[0] != '\0' && reply.status != RSD_SERVICE_ABSENT);
	need_string(reply.error, sizeof(reply.error));
	need_string(reply.query_uuid, sizeof(reply.query_uuid));
	if (reply.sub_statements.len == 0)
		return;
	/* it points into the reply and is one whole value */
	need(reply.sub_statements.data >= input.data &&
		 reply.sub_statements.data + reply.sub_statements.len <=
		 input.data + input.len);
	rsd_json_open(&reader, reply.sub_statements);
	need(rsd_json_next(&reader, &token) != RSD_JSON_ERROR);
	need(rsd_json_skip(&reader, &token, NULL));
	need(rsd_json_next(&reader, &token) == RSD_JSON_END);
}
