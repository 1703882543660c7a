/*
 * t_sts.c
 *		aws: STS requests and replies.
 */
#include "aws/sigv4.h"
#include "aws/sts.h"
#include "t_creds.h"

static RsdError error;

static RsdEndpoint
endpoint_of(const char *region, bool fips, bool dualstack)
{
	RsdEndpoint endpoint;

	ok(rsd_endpoint_resolve(RSD_SERVICE_STS, region, NULL, fips, dualstack,
							&endpoint, &error), "endpoint");
	return endpoint;
}

static void
test_requests(void)
{
	RsdEndpoint endpoint = endpoint_of("eu-west-1", false, false);
	RsdStsRole	role = {.role_arn = ROLE,.session_name = "a=b"};
	RsdRequest	req;
	RsdBuf		text;

	rsd_buf_init(&text, 10000);
	ok(rsd_sts_caller_identity(&endpoint, &req, &error), "identity");
	show_request(&req, &text);
	is_str(rsd_buf_str(&text), STS "\nContent-Type: application/x-www-form-"
		   "urlencoded; charset=utf-8\nAction=GetCallerIdentity&"
		   "Version=2011-06-15", "GetCallerIdentity");
	rsd_request_free(&req);
	ok(rsd_sts_assume_role(&role, &endpoint, &req, &error), "role");
	is_str(rsd_buf_str(&req.body), "Action=AssumeRole&Version=2011-06-15&"
		   "RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fetl&"
		   "RoleSessionName=a%3Db", "AssumeRole, no more than given");
	rsd_request_free(&req);
	ok(rsd_sts_web_identity(&role, rsd_slice_str("a.b\n"), &endpoint, &req,
							&error) &&
	   strstr(rsd_buf_str(&req.body), "&WebIdentityToken=a.b%0A") != NULL,
	   "a token goes out as it is");
	ok(rsd_headers_get(&req.headers, "Authorization") == NULL, "unsigned");
	rsd_request_free(&req);
	ok(!rsd_sts_web_identity(&role, rsd_slice_str("abc"), &endpoint, &req,
							 &error), "a token too short");
	rsd_buf_free(&text);
}

static void
test_endpoints(void)
{
	is_str(endpoint_of("us-gov-west-1", true, false).url.host,
		   "sts.us-gov-west-1.amazonaws.com", "FIPS in the US government");
	is_str(endpoint_of("eu-west-1", true, false).url.host,
		   "sts-fips.eu-west-1.amazonaws.com", "FIPS");
	is_str(endpoint_of("eu-west-1", false, true).url.host,
		   "sts.eu-west-1.api.aws", "dual stack");
}

static void
test_roles(void)
{
	static char long_name[66];
	static const struct
	{
		RsdStsRole	role;
		bool		good;
	}			cases[] = {
		{{ROLE, "rsdata-0123456789abcdef", "a:b/c", 900}, true},
		{{ROLE, "ab", "", 43200}, true},
		{{NULL, "ab", NULL, 0}, false},
		{{"arn:aws:iam::1:role/x y", "ab", NULL, 0}, false},
		{{ROLE, NULL, NULL, 0}, false},
		{{ROLE, "a", NULL, 0}, false},
		{{ROLE, long_name, NULL, 0}, false},
		{{ROLE, "ab", "x", 0}, false},
		{{ROLE, "ab", "x y", 0}, false},
		{{ROLE, "ab", NULL, 899}, false},
		{{ROLE, "ab", NULL, 43201}, false},
	};
	size_t		i;

	memset(long_name, 'a', sizeof(long_name) - 1);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok(rsd_sts_check_role(&cases[i].role, &error) == cases[i].good,
		   "role %d", (int) i);
}

static void
test_replies(void)
{
	RsdCredentials cred = {0};
	RsdStsIdentity id;
	char		arn[200];

	ok(rsd_sts_read_credentials(rsd_slice_str(STS_REPLY("ASIA1",
														"2026-01-02T04:04:05.780391Z")),
								&cred, arn, sizeof(arn), &error), "reply");
	is_str(cred.access_key_id, "ASIA1", "id");
	is_str(cred.secret_access_key, "k/" MARK "+ASIA1", "secret");
	is_str(cred.session_token, "t/" MARK "+ASIA1==", "token");
	is_int(cred.expires_us, NOW + HOUR + 780391, "end");
	is_str(arn, "arn:aws:sts::123456789012:assumed-role/r/ASIA1", "ARN");
	ok(!rsd_sts_read_credentials(rsd_slice_str("<Credentials><AccessKeyId>A"
											   "</AccessKeyId></Credentials>"),
								 &cred, arn, sizeof(arn), &error) &&
	   strcmp(cred.access_key_id, "ASIA1") == 0, "half a reply changes nothing");
	rsd_credvalue_wipe(&cred);
	ok(rsd_sts_read_identity(rsd_slice_str("<GetCallerIdentityResponse xmlns="
										   "\"x\"><GetCallerIdentityResult><Arn>arn:aws:iam::1:user/a&amp;b"
										   "</Arn><UserId>AIDA</UserId><Account>123456789012</Account>"
										   "</GetCallerIdentityResult></GetCallerIdentityResponse>"),
							 &id, &error), "identity");
	is_str(id.arn, "arn:aws:iam::1:user/a&b", "ARN");
	is_str(id.account, "123456789012", "account");
	is_str(id.user_id, "AIDA", "user id");
	ok(!rsd_sts_read_identity(rsd_slice_str("{}"), &id, &error), "no XML");
}

static void
test_account(void)
{
	char		account[13] = "";

	ok(rsd_sts_arn_account("arn:aws:iam::123456789012:user/a", account),
	   "an ARN has an account");
	is_str(account, "123456789012", "which is this");
	ok(rsd_sts_arn_account("arn:aws-cn:sts::000000000001:assumed-role/r/s",
						   account), "a session's has, too");
	is_str(account, "000000000001", "with its zeros");
	ok(!rsd_sts_arn_account("arn:aws:iam::aws:policy/x", account) &&
	   !rsd_sts_arn_account("arn:aws:iam::1234567890123:user/a", account) &&
	   !rsd_sts_arn_account("arn:aws:iam", account) &&
	   !rsd_sts_arn_account("", account), "others have none");
	is_str(account, "000000000001", "and nothing is written");
}

int
main(void)
{
	test_account();
	test_requests();
	test_endpoints();
	test_roles();
	test_replies();
	return tap_done();
}
