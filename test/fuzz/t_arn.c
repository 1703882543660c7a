/*
 * t_arn.c
 *		ARNs of topics and roles.
 */
#include "aws/sns.h"
#include "aws/sts.h"
#include "fuzz.h"

static void
fuzz_one(RsdSlice input)
{
	char	   *text = to_string(input);
	RsdStsRole	role = {.role_arn = text,.session_name = "rsdata"};
	RsdStsRole	name = {
		.role_arn = "arn:aws:iam::123456789012:role/r",
		.session_name = text,.external_id = text
	};
	RsdError	err;
	char		region[64];

	if (rsd_sns_arn_valid(text))
	{
		need(rsd_sns_arn_region(text, region));
		need(rsd_region_valid(region));
		need(strstr(text, region) != NULL);
		(void) rsd_sns_arn_fifo(text);
	}
	else
		need(!rsd_sns_arn_region(text, region));
	if (!rsd_sts_check_role(&role, &err))
		need(err.kind == RSD_ERR_INVALID);
	if (!rsd_sts_check_role(&name, &err))
		need(err.kind == RSD_ERR_INVALID);
	free(text);
}
