/*
 * sts.c
 *		STS: three form bodies, two XML replies.
 */
#include "aws/sts.h"

#include <stdio.h>

#include "base/timefmt.h"
#include "base/utf8.h"
#include "base/xml.h"

#define MAX_TOKEN (16 * 1024)	/* session tokens are some 1 kB today */

static bool
is_word(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		(c >= '0' && c <= '9') || c == '_';
}

/* Between min and max characters, each a word character or in extra? */
static bool
is_made_of(const char *text, const char *extra, size_t min, size_t max)
{
	size_t		n = strlen(text);
	size_t		i;

	for (i = 0; i < n; i++)
		if (!is_word(text[i]) && strchr(extra, text[i]) == NULL)
			return false;
	return n >= min && n <= max;
}

/* The service judges the rest; this keeps blanks and lines out. */
static bool
is_role_arn(const char *arn)
{
	size_t		n = strlen(arn);
	size_t		i;

	for (i = 0; i < n; i++)
		if (arn[i] <= ' ' || arn[i] > '~')
			return false;
	return n >= 20 && n <= 2048 && strncmp(arn, "arn:", 4) == 0;
}

bool
rsd_sts_check_role(const RsdStsRole *role, RsdError *err)
{
	const char *external_id = role->external_id;

	if (role->role_arn == NULL || !is_role_arn(role->role_arn))
		return rsd_error_set(err, RSD_ERR_INVALID,
							 "the role's ARN is missing or not an ARN");
	if (role->session_name == NULL ||
		!is_made_of(role->session_name, "+=,.@-", 2, 64))
		return rsd_error_set(err, RSD_ERR_INVALID,
							 "a role session name has 2 to 64 of letters, digits and _+=,.@-");
	if (external_id != NULL && external_id[0] != '\0' &&
		!is_made_of(external_id, "+=,.@:/-", 2, 1224))
		return rsd_error_set(err, RSD_ERR_INVALID,
							 "an external id has 2 to 1224 of letters, digits and _+=,.@:/-");
	if (role->duration_seconds != 0 &&
		(role->duration_seconds < 900 || role->duration_seconds > 43200))
		return rsd_error_set(err, RSD_ERR_INVALID,
							 "the duration of a role is 900 to 43200 seconds");
	return true;
}

/* Makes a request whose body has nothing but the action yet. */
static void
begin(const char *action, const RsdEndpoint *endpoint, RsdRequest *req)
{
	rsd_request_init(req, "POST", &endpoint->url);
	rsd_form_add(&req->body, "Action", rsd_slice_str(action));
	rsd_form_add(&req->body, "Version", rsd_slice_str("2011-06-15"));
}

/* Adds what is the same in all; frees the request if it does not hold. */
static bool
finish(RsdRequest *req, RsdError *err)
{
	static const char type[] =
		"application/x-www-form-urlencoded; charset=utf-8";

	if (rsd_buf_check(&req->body, "STS request", err) &&
		rsd_request_header(req, "Content-Type", rsd_slice_str(type), err))
		return true;
	rsd_request_free(req);
	return false;
}

static void
add_role(RsdRequest *req, const RsdStsRole *role)
{
	rsd_form_add(&req->body, "RoleArn", rsd_slice_str(role->role_arn));
	rsd_form_add(&req->body, "RoleSessionName",
				 rsd_slice_str(role->session_name));
}

static void
add_duration(RsdRequest *req, const RsdStsRole *role)
{
	char		text[16];

	if (role->duration_seconds == 0)
		return;
	snprintf(text, sizeof(text), "%d", role->duration_seconds);
	rsd_form_add(&req->body, "DurationSeconds", rsd_slice_str(text));
}

bool
rsd_sts_assume_role(const RsdStsRole *role, const RsdEndpoint *endpoint,
					RsdRequest *req, RsdError *err)
{
	memset(req, 0, sizeof(*req));
	if (!rsd_sts_check_role(role, err))
		return false;
	begin("AssumeRole", endpoint, req);
	add_role(req, role);
	if (role->external_id != NULL && role->external_id[0] != '\0')
		rsd_form_add(&req->body, "ExternalId",
					 rsd_slice_str(role->external_id));
	add_duration(req, role);
	return finish(req, err);
}

bool
rsd_sts_web_identity(const RsdStsRole *role, RsdSlice token,
					 const RsdEndpoint *endpoint, RsdRequest *req,
					 RsdError *err)
{
	memset(req, 0, sizeof(*req));
	if (!rsd_sts_check_role(role, err))
		return false;
	if (token.len < 4 || token.len > RSD_STS_MAX_WEB_TOKEN)
		return rsd_error_set(err, RSD_ERR_INVALID,
							 "a web identity token has 4 to %d bytes, this one has %zu",
							 RSD_STS_MAX_WEB_TOKEN, token.len);
	begin("AssumeRoleWithWebIdentity", endpoint, req);
	add_role(req, role);
	rsd_form_add(&req->body, "WebIdentityToken", token);
	add_duration(req, role);
	return finish(req, err);
}

bool
rsd_sts_caller_identity(const RsdEndpoint *endpoint, RsdRequest *req,
						RsdError *err)
{
	begin("GetCallerIdentity", endpoint, req);
	return finish(req, err);
}

/* The trimmed text of an element as a C string in buf; "" if not there. */
static const char *
element(RsdSlice body, const char *name, RsdBuf *buf)
{
	RsdSlice	text;

	rsd_buf_wipe(buf);
	if (!rsd_xml_find(body, name, buf) || rsd_buf_failed(buf))
	{
		rsd_buf_wipe(buf);
		return "";
	}
	text = rsd_slice_trim(rsd_buf_slice(buf));
	if (text.len == 0)
		return "";
	buf->data[text.data + text.len - buf->data] = '\0';
	return text.data;
}

static bool
read_keys(RsdSlice body, RsdBuf buf[4], RsdCredentials *cred, RsdError *err)
{
	const char *id = element(body, "AccessKeyId", &buf[0]);
	const char *secret = element(body, "SecretAccessKey", &buf[1]);
	const char *token = element(body, "SessionToken", &buf[2]);
	const char *expires = element(body, "Expiration", &buf[3]);
	int64_t		expires_us;

	if (id[0] == '\0' || secret[0] == '\0' || token[0] == '\0')
		return rsd_error_set(err, RSD_ERR_MALFORMED,
							 "no credentials in the reply of STS");
	if (!rsd_time_parse(rsd_slice_str(expires), &expires_us) ||
		expires_us <= 0)
		return rsd_error_set(err, RSD_ERR_MALFORMED,
							 "no readable Expiration in the reply of STS");
	return rsd_credvalue_set(cred, id, secret, token, expires_us, err);
}

static void
show_element(RsdSlice body, const char *name, char *dst, size_t size)
{
	RsdBuf		buf;

	rsd_buf_init(&buf, 4096);
	rsd_utf8_show(rsd_slice_str(element(body, name, &buf)), dst, size);
	rsd_buf_free(&buf);
}

bool
rsd_sts_read_credentials(RsdSlice body, RsdCredentials *cred, char *arn,
						 size_t size, RsdError *err)
{
	RsdBuf		buf[4];
	bool		good;
	int			i;

	for (i = 0; i < 4; i++)
		rsd_buf_init(&buf[i], MAX_TOKEN);
	good = read_keys(body, buf, cred, err);
	for (i = 0; i < 4; i++)
	{
		rsd_buf_wipe(&buf[i]);
		rsd_buf_free(&buf[i]);
	}
	show_element(body, "Arn", arn, size);
	return good;
}

bool
rsd_sts_read_identity(RsdSlice body, RsdStsIdentity *identity, RsdError *err)
{
	show_element(body, "Arn", identity->arn, sizeof(identity->arn));
	show_element(body, "Account", identity->account,
				 sizeof(identity->account));
	show_element(body, "UserId", identity->user_id,
				 sizeof(identity->user_id));
	if (identity->arn[0] != '\0')
		return true;
	return rsd_error_set(err, RSD_ERR_MALFORMED,
						 "no Arn in the reply to GetCallerIdentity");
}

bool
rsd_sts_arn_account(const char *arn, char out[13])
{
	int			colons;

	for (colons = 0; colons < 4 && arn != NULL; colons++)
	{
		arn = strchr(arn, ':');
		if (arn != NULL)
			arn++;
	}
	if (arn == NULL || strspn(arn, "0123456789") != 12 || arn[12] != ':')
		return false;
	memcpy(out, arn, 12);
	out[12] = '\0';
	return true;
}
