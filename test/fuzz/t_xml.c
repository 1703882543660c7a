/*
 * t_xml.c
 *		The XML replies of STS and SNS.
 */
#include "aws/sns.h"
#include "aws/sts.h"
#include "base/xml.h"
#include "fuzz.h"

static void
check_sts(RsdSlice input)
{
	RsdCredentials cred = {0};
	RsdStsIdentity identity;
	RsdError	err;
	char		arn[100];

	if (rsd_sts_read_credentials(input, &cred, arn, sizeof(arn), &err))
	{
		need(cred.access_key_id != NULL && cred.secret_access_key != NULL);
		need(cred.expires_us != 0);
	}
	need_string(arn, sizeof(arn));
	rsd_credvalue_wipe(&cred);
	if (!rsd_sts_read_identity(input, &identity, &err))
		return;
	need(identity.arn[0] != '\0');
	need_string(identity.arn, sizeof(identity.arn));
	need_string(identity.account, sizeof(identity.account));
	need_string(identity.user_id, sizeof(identity.user_id));
}

static void
fuzz_one(RsdSlice input)
{
	RsdError	err;
	RsdBuf		text;
	char		id[80];

	rsd_buf_init(&text, 1000);
	if (rsd_xml_find(input, "a", &text))
		need(text.len <= input.len * 4);
	rsd_buf_free(&text);
	if (rsd_sns_read(input, id, sizeof(id), &err))
		need(id[0] != '\0');
	check_sts(input);
}
