/*
 * t_execute.c
 *		The reply to ExecuteStatement.
 */
#include "aws/dataapi.h"
#include "fuzz.h"

static void
fuzz_one(RsdSlice input)
{
	RsdExecuteReply reply;
	RsdError	err;

	if (!rsd_dataapi_read_execute(input, &reply, &err))
	{
		need(err.kind != RSD_ERR_NONE);
		return;
	}
	need(reply.id[0] != '\0');
	need_string(reply.id, sizeof(reply.id));
	need_string(reply.session_id, sizeof(reply.session_id));
	need_string(reply.status_word, sizeof(reply.status_word));
	need((reply.status == RSD_SERVICE_ABSENT) ==
		 (reply.status_word[0] == '\0'));
}
