/*
 * creds_step.c
 *		Steps that several providers of credentials take: requests made,
 *		refusals read, words kept.
 */
#include "aws/creds_step.h"

#include <stdarg.h>
#include <stdio.h>

#include "aws/awserror.h"
#include "aws/sts.h"

void
rsd_creds_say(RsdFetch *f, const char *fmt,...)
{
	char		text[1024];
	va_list		args;

	va_start(args, fmt);
	(void) vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (f->story.len > 0)
		rsd_buf_adds(&f->story, "; ");
	rsd_buf_adds(&f->story, text);
}

RsdClaim
rsd_creds_no(RsdFetch *f, const char *fmt,...)
{
	char		text[sizeof(f->err.what)];
	va_list		args;

	va_start(args, fmt);
	(void) vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	rsd_error_set(&f->err, RSD_ERR_INVALID, "%s", text);
	return RSD_CLAIM_NO;
}

RsdClaim
rsd_creds_wrong(RsdFetch *f, const char *fmt,...)
{
	char		text[sizeof(f->err.what)];
	va_list		args;

	va_start(args, fmt);
	(void) vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	rsd_error_set(&f->err, RSD_ERR_INVALID, "%s", text);
	return RSD_CLAIM_ERROR;
}

RsdStep
rsd_creds_fail(RsdFetch *f, RsdErrorKind kind, const char *fmt,...)
{
	char		text[sizeof(f->err.what)];
	va_list		args;

	va_start(args, fmt);
	(void) vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	rsd_error_set(&f->err, kind, "%s", text);
	return RSD_STEP_FAIL;
}

/* Notes how long f->request may take and, for people, what it is. */
static RsdStep
ask(RsdFetch *f, int64_t connect_ms, int64_t first_byte_ms)
{
	const RsdUrl *url = &f->request.url;
	RsdBuf		authority;

	f->connect_ms = connect_ms;
	f->first_byte_ms = first_byte_ms;
	f->total_ms = first_byte_ms + first_byte_ms / 2;
	rsd_buf_init(&authority, 300);
	rsd_url_authority(url, &authority);
	snprintf(f->where, sizeof(f->where), "%s %s://%s%.200s",
			 f->request.method, url->https ? "https" : "http",
			 rsd_buf_str(&authority), url->path);
	rsd_buf_free(&authority);
	return RSD_STEP_SEND;
}

RsdStep
rsd_creds_ask(RsdFetch *f, const char *method, const char *base,
			  const char *path, int64_t connect_ms, int64_t first_byte_ms)
{
	size_t		n = strlen(base);
	size_t		cut = strcspn(path, "?");
	RsdBuf		text;
	RsdUrl		url;
	bool		good;

	while (n > 0 && base[n - 1] == '/' && path[0] == '/')
		n--;
	rsd_buf_init(&text, 4096);
	rsd_buf_add(&text, base, n);
	rsd_buf_add(&text, path, cut);
	good = rsd_buf_check(&text, "URL", &f->err) &&
		rsd_url_split(rsd_buf_slice(&text), &url, &f->err);
	rsd_buf_free(&text);
	if (!good)
		return RSD_STEP_FAIL;
	rsd_request_free(&f->request);
	rsd_request_init(&f->request, method, &url);
	if (path[cut] == '?')
		rsd_buf_adds(&f->request.query, path + cut + 1);
	if (!rsd_buf_check(&f->request.query, "query", &f->err))
		return RSD_STEP_FAIL;
	return ask(f, connect_ms, first_byte_ms);
}

RsdStep
rsd_creds_header(RsdFetch *f, const char *name, const char *value)
{
	return rsd_request_header(&f->request, name, rsd_slice_str(value),
							  &f->err) ? RSD_STEP_SEND : RSD_STEP_FAIL;
}

RsdStep
rsd_creds_ask_sts(RsdFetch *f)
{
	f->local = false;
	return ask(f, 5000, 15000);
}

bool
rsd_creds_sts_endpoint(RsdFetch *f, RsdEndpoint *endpoint)
{
	const RsdCredsConfig *config = f->config;
	const char *url = config->sts_endpoint_url;
	bool		fips = url == NULL && config->fips;
	bool		dualstack = url == NULL && config->dualstack;
	bool		legacy = url == NULL && config->sts_legacy && !fips && !dualstack;

	if (rsd_endpoint_resolve(RSD_SERVICE_STS,
							 legacy ? rsd_endpoint_sts_legacy(f->region)
							 : f->region, url, fips, dualstack, endpoint,
							 &f->err))
		return true;
	return rsd_error_doing(&f->err, "finding the endpoint of STS");
}

/* Stars over each place where text has this secret. */
static void
hide(char *text, const char *secret)
{
	size_t		n = secret == NULL ? 0 : strlen(secret);
	char	   *p = text;

	/* what is shorter is no secret, and might be any word */
	while (n >= 8 && (p = strstr(p, secret)) != NULL)
	{
		memset(p, '*', n);
		p += n;
	}
}

void
rsd_creds_hide(const RsdFetch *f, char *text)
{
	int			i;

	hide(text, rsd_buf_str(&f->token));
	hide(text, f->cred.secret_access_key);
	hide(text, f->cred.session_token);
	for (i = 0; i < f->nlinks; i++)
	{
		hide(text, f->links[i].text[RSD_LINK_SECRET]);
		hide(text, f->links[i].text[RSD_LINK_SESSION_TOKEN]);
		hide(text, f->links[i].text[RSD_LINK_TOKEN]);
	}
}

RsdStep
rsd_creds_refused(RsdFetch *f, const RsdResponse *response)
{
	RsdAwsError refusal;
	RsdErrorClass cls;

	rsd_awserror_read(response, &refusal);
	rsd_creds_hide(f, refusal.message);
	/* like any call that only reads */
	cls = rsd_awserror_class(RSD_OP_DESCRIBE, &refusal);
	rsd_error_set(&f->err, RSD_ERR_SERVICE, "%s answered %s%s%.400s",
				  f->where, refusal.code,
				  refusal.message[0] == '\0' ? "" : ": ", refusal.message);
	(void) rsd_clip(f->err.code, sizeof(f->err.code), refusal.code,
					strlen(refusal.code));
	(void) rsd_clip(f->err.request_id, sizeof(f->err.request_id),
					refusal.request_id, strlen(refusal.request_id));
	/* whoever feeds us may have set its clock right by this answer */
	return cls == RSD_CLASS_TRANSIENT || cls == RSD_CLASS_THROTTLE ||
		cls == RSD_CLASS_SKEW ? RSD_STEP_RETRY : RSD_STEP_FAIL;
}

RsdStep
rsd_creds_sts_reply(RsdFetch *f, const RsdResponse *response)
{
	if (response->status < 200 || response->status > 299)
		return rsd_creds_refused(f, response);
	return rsd_sts_read_credentials(rsd_buf_slice(&response->body), &f->cred,
									f->identity, sizeof(f->identity),
									&f->err) ? RSD_STEP_DONE : RSD_STEP_FAIL;
}
