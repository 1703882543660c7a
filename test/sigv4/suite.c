/*
 * suite.c
 *		Runs aws/sigv4 through a directory of cases laid out like the v4 half
 *		of AWS's signing test suite (aws-c-auth, tests/aws-signing-test-suite).
 *
 * usage: sigv4-suite DIR
 * Each case is signed in both forms, header and query, and compared stage by
 * stage with what its files say.  Closes with "N passed, N failed".
 */
#include "aws/sigv4.h"
#include "base/json.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>

#define MAX_FILE 100000

static int	passed;
static int	failed;

/* A case: where it lies, its context, and the request before signing. */
typedef struct Case
{
	const char *dir;
	const char *name;
	char		id[200];
	char		secret[200];
	char		token[2000];
	char		region[64];
	char		service[64];
	int64_t		now_us;
	int64_t		expires_s;
	bool		normalize;
	bool		sign_body;
	bool		omit_token;
	RsdRequest	req;
} Case;

static void
complain(const Case *c, const char *what, const char *got, const char *want)
{
	printf("%s: %s differs\n  got:  %s\n  want: %s\n", c->name, what, got,
		   want);
}

/* A file of the case without line ends at its end; false if unreadable. */
static bool
read_case_file(const Case *c, const char *file, RsdBuf *out)
{
	char		path[1000];
	char		piece[4096];
	size_t		n;
	FILE	   *f;

	rsd_buf_reset(out);
	snprintf(path, sizeof(path), "%s/%s/%s", c->dir, c->name, file);
	f = fopen(path, "r");
	if (f == NULL)
	{
		printf("%s: cannot read %s\n", c->name, path);
		return false;
	}
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		rsd_buf_add(out, piece, n);
	(void) fclose(f);
	while (out->len > 0 && out->data[out->len - 1] == '\n')
		out->data[--out->len] = '\0';
	return true;
}

static bool
read_context(Case *c, RsdBuf *text)
{
	RsdSlice	credentials = {0};
	const RsdJsonField fields[] =
	{
		{"credentials", RSD_JSON_AS_RAW, &credentials, 0, true, NULL},
		{"region", RSD_JSON_AS_TEXT, c->region, sizeof(c->region), true, NULL},
		{"service", RSD_JSON_AS_TEXT, c->service, sizeof(c->service), true,
		NULL},
		{"timestamp", RSD_JSON_AS_TIME, &c->now_us, 0, true, NULL},
		{"expiration_in_seconds", RSD_JSON_AS_INT, &c->expires_s, 0, true,
		NULL},
		{"normalize", RSD_JSON_AS_BOOL, &c->normalize, 0, true, NULL},
		{"sign_body", RSD_JSON_AS_BOOL, &c->sign_body, 0, true, NULL},
		{"omit_session_token", RSD_JSON_AS_BOOL, &c->omit_token, 0, false,
		NULL},
	};
	const RsdJsonField keys[] =
	{
		{"access_key_id", RSD_JSON_AS_TEXT, c->id, sizeof(c->id), true, NULL},
		{"secret_access_key", RSD_JSON_AS_TEXT, c->secret, sizeof(c->secret),
		true, NULL},
		{"token", RSD_JSON_AS_TEXT, c->token, sizeof(c->token), false, NULL},
	};
	RsdJsonReader reader;
	RsdError	err;

	if (!read_case_file(c, "context.json", text))
		return false;
	rsd_json_open(&reader, rsd_buf_slice(text));
	if (rsd_json_read_fields(&reader, fields,
							 (int) (sizeof(fields) / sizeof(fields[0])), &err))
	{
		rsd_json_open(&reader, credentials);
		if (rsd_json_read_fields(&reader, keys, 3, &err))
			return true;
	}
	printf("%s: context.json: %s\n", c->name, err.what);
	return false;
}

/* The next line of *rest without its end, with the lines folded into it. */
static RsdSlice
take_line(RsdSlice *rest, bool folded)
{
	size_t		n = 0;
	RsdSlice	line;

	while (n < rest->len &&
		   (rest->data[n] != '\n' ||
			(folded && n + 1 < rest->len && rest->data[n + 1] == ' ')))
		n++;
	line = rsd_slice(rest->data, n);
	if (n < rest->len)
		n++;
	*rest = rsd_slice(rest->data + n, rest->len - n);
	return line;
}

/* "GET /path?query HTTP/1.1", where path and query may hold anything. */
static bool
read_request_line(RsdSlice line, Case *c)
{
	bool		get = rsd_slice_starts(line, "GET ");
	size_t		start = get ? 4 : 5;
	size_t		end = line.len < 9 ? 0 : line.len - 9;
	size_t		mark;
	RsdUrl		url = {0};

	if (!get && !rsd_slice_starts(line, "POST "))
		return false;
	if (end <= start || strncmp(line.data + end, " HTTP/1.1", 9) != 0)
		return false;
	for (mark = start; mark < end && line.data[mark] != '?'; mark++)
		;
	url.https = true;
	url.port = 443;
	if (mark - start >= sizeof(url.path))
		return false;
	memcpy(url.path, line.data + start, mark - start);
	rsd_request_init(&c->req, get ? "GET" : "POST", &url);
	if (mark < end)
		rsd_buf_add(&c->req.query, line.data + mark + 1, end - mark - 1);
	return true;
}

static bool
read_request(Case *c, RsdBuf *text)
{
	RsdSlice	rest;
	RsdSlice	line;

	if (!read_case_file(c, "request.txt", text))
		return false;
	rest = rsd_buf_slice(text);
	if (!read_request_line(take_line(&rest, false), c))
	{
		printf("%s: bad request line\n", c->name);
		return false;
	}
	while ((line = take_line(&rest, true)).len > 0)
	{
		const char *colon = memchr(line.data, ':', line.len);
		size_t		n = colon == NULL ? line.len : (size_t) (colon - line.data);
		RsdSlice	name = rsd_slice(line.data, n);
		RsdSlice	value = rsd_slice(line.data + n + 1, line.len - n - 1);

		if (colon == NULL)
			return false;
		if (name.len == 4 && strncasecmp(name.data, "host", 4) == 0)
			(void) rsd_clip(c->req.url.host, sizeof(c->req.url.host),
							value.data, value.len);
		else
			rsd_headers_add(&c->req.headers, name, value);
	}
	rsd_buf_add(&c->req.body, rest.data, rest.len);
	return true;
}

/* Is got what the file of the case says? */
static bool
same(const Case *c, const char *file, RsdSlice got)
{
	RsdBuf		want;
	bool		good;

	rsd_buf_init(&want, MAX_FILE);
	good = read_case_file(c, file, &want);
	if (good && !rsd_slice_eq(rsd_buf_slice(&want), got))
	{
		good = false;
		complain(c, file, got.data, rsd_buf_str(&want));
	}
	rsd_buf_free(&want);
	return good;
}

/* Does the signed request of the case hold that line or piece of one? */
static bool
holds(const Case *c, const char *file, const char *piece)
{
	RsdBuf		want;
	bool		good;

	rsd_buf_init(&want, MAX_FILE);
	good = read_case_file(c, file, &want);
	if (good && strstr(rsd_buf_str(&want), piece) == NULL)
	{
		good = false;
		complain(c, file, piece, rsd_buf_str(&want));
	}
	rsd_buf_free(&want);
	return good;
}

/* Compares the stages, computed from the request as it was signed. */
static bool
same_stages(const Case *c, const RsdRequest *req, const RsdSigning *how,
			const char *form)
{
	RsdBuf		canonical;
	RsdBuf		names;
	RsdBuf		to_sign;
	RsdError	err;
	char		file[100];
	bool		good;

	rsd_buf_init(&canonical, RSD_CANONICAL_MAX);
	rsd_buf_init(&names, 1000);
	rsd_buf_init(&to_sign, 1000);
	good = rsd_canonical_request(req, how->flags, &canonical, &names, &err) &&
		rsd_sigv4_string_to_sign(rsd_buf_slice(&canonical), how->region,
								 how->service, how->now_us, &to_sign, &err);
	if (!good)
		printf("%s: %s\n", c->name, err.what);
	snprintf(file, sizeof(file), "%s-canonical-request.txt", form);
	good = good && same(c, file, rsd_buf_slice(&canonical));
	snprintf(file, sizeof(file), "%s-string-to-sign.txt", form);
	good = good && same(c, file, rsd_buf_slice(&to_sign));
	rsd_buf_free(&canonical);
	rsd_buf_free(&names);
	rsd_buf_free(&to_sign);
	return good;
}

static bool
header_form(Case *c, const RsdCredentials *cred, const RsdSigning *how)
{
	RsdError	err;
	const char *value;
	size_t		n;

	if (!rsd_sigv4_sign_as(&c->req, cred, how, NULL, &err))
	{
		printf("%s: %s\n", c->name, err.what);
		return false;
	}
	value = rsd_headers_get(&c->req.headers, "Authorization");
	n = value == NULL ? 0 : strlen(value);
	return same_stages(c, &c->req, how, "header") && n > 64 &&
		same(c, "header-signature.txt", rsd_slice(value + n - 64, 64)) &&
		holds(c, "header-signed-request.txt", value);
}

/* What was signed is the query without what is added after it. */
static void
cut_query(RsdRequest *req)
{
	const char *token = strstr(req->query.data, "&X-Amz-Security-Token=");
	const char *last = strstr(req->query.data, "&X-Amz-Signature=");

	if (token != NULL && strstr(token + 1, "&X-Amz-Expires=") == NULL)
		last = token;
	req->query.len = (size_t) (last - req->query.data);
	req->query.data[req->query.len] = '\0';
}

static bool
query_form(Case *c, const RsdCredentials *cred, const RsdSigning *how)
{
	RsdError	err;
	char		line[6000];
	size_t		n;

	if (!rsd_sigv4_presign(&c->req, cred, how, NULL, &err))
	{
		printf("%s: %s\n", c->name, err.what);
		return false;
	}
	n = c->req.query.len;
	snprintf(line, sizeof(line), "%s %s?%s HTTP/1.1\n", c->req.method,
			 c->req.url.path, c->req.query.data);
	if (n < 64 || !holds(c, "query-signed-request.txt", line) ||
		!same(c, "query-signature.txt",
			  rsd_slice(c->req.query.data + n - 64, 64)))
		return false;
	if (c->omit_token || cred->session_token == NULL)
		cut_query(&c->req);
	else
		c->req.query.len = n - strlen("&X-Amz-Signature=") - 64;
	return same_stages(c, &c->req, how, "query");
}

/* Runs one case in one form. */
static bool
run_form(const char *dir, const char *name, bool query)
{
	Case		c = {0};
	RsdCredentials cred = {0};
	RsdSigning	how = {0};
	RsdBuf		text;
	RsdError	err;
	bool		good;

	c.dir = dir;
	c.name = name;
	rsd_buf_init(&text, MAX_FILE);
	good = read_context(&c, &text) && read_request(&c, &text) &&
		rsd_credvalue_set(&cred, c.id, c.secret, c.token, 0, &err);
	how.region = c.region;
	how.service = c.service;
	how.now_us = c.now_us;
	how.expires_s = (int) c.expires_s;
	how.flags = (c.normalize ? 0u : RSD_SIGV4_KEEP_PATH) |
		(c.sign_body ? RSD_SIGV4_CONTENT_HASH : 0u) |
		(c.omit_token ? RSD_SIGV4_TOKEN_AFTER : 0u);
	good = good && (query ? query_form : header_form) (&c, &cred, &how);
	printf("%s %s (%s)\n", good ? "passed" : "FAILED", name,
		   query ? "query" : "header");
	rsd_request_free(&c.req);
	rsd_credvalue_wipe(&cred);
	rsd_buf_free(&text);
	return good;
}

static void
count(bool good)
{
	if (good)
		passed++;
	else
		failed++;
}

int
main(int argc, char **argv)
{
	struct dirent **names;
	int			n;
	int			i;

	if (argc != 2 || (n = scandir(argv[1], &names, NULL, alphasort)) < 0)
	{
		fprintf(stderr, "usage: sigv4-suite DIR, a directory of cases\n");
		return 2;
	}
	for (i = 0; i < n; i++)
	{
		char		path[1000];
		struct stat st;

		snprintf(path, sizeof(path), "%s/%s/context.json", argv[1],
				 names[i]->d_name);
		if (stat(path, &st) == 0)
		{
			count(run_form(argv[1], names[i]->d_name, false));
			count(run_form(argv[1], names[i]->d_name, true));
		}
		free(names[i]);
	}
	free(names);
	printf("%d passed, %d failed\n", passed, failed);
	return failed == 0 && passed > 0 ? 0 : 1;
}
