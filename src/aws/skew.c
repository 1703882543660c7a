/*
 * skew.c
 *		The offset of a service's clock from ours.
 */
#include "aws/skew.h"

#include <string.h>

#include "base/timefmt.h"

/*
 * Codes with which services refuse a signature for its date, as AWS's SDKs
 * for JavaScript list them; some mean other things too, which is why Date
 * has the last word.
 */
static bool
may_be_skew(const char *code)
{
	static const char *const codes[] =
	{
		"AuthFailure", "InvalidSignatureException", "RequestExpired",
		"RequestInTheFuture", "RequestTimeTooSkewed", "SignatureDoesNotMatch"
	};
	size_t		i;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(code, codes[i]) == 0)
			return true;
	return false;
}

bool
rsd_skew_learn(const RsdAwsError *error, const RsdResponse *resp,
			   int64_t now_us, int64_t *offset_us)
{
	const char *date = rsd_headers_get(&resp->headers, "Date");
	int64_t		theirs;
	int64_t		off;

	if (!may_be_skew(error->code) || date == NULL ||
		!rsd_time_parse_http(rsd_slice_str(date), &theirs))
		return false;
	off = theirs - (now_us + *offset_us);
	if (off <= RSD_SKEW_MIN_US && off >= -RSD_SKEW_MIN_US)
		return false;
	*offset_us = theirs - now_us;
	return true;
}
