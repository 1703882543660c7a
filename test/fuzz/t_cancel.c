/*
 * t_cancel.c
 *		The reply to CancelStatement.
 */
#include "aws/dataapi.h"
#include "fuzz.h"

static void
fuzz_one(RsdSlice input)
{
	RsdError	err;
	bool		accepted;

	if (!rsd_dataapi_read_cancel(input, &accepted, &err))
		need(err.kind != RSD_ERR_NONE);
}
