/*
 * canonical.c
 *		The canonical form of a request, which both sides of Signature
 *		Version 4 hash: headers, path, query, body.
 *
 * Follows "Create a signed AWS API request" of the IAM User Guide.  It holds
 * no key and signs nothing.
 */
#include "aws/canonical.h"

#include <stdlib.h>
#include <strings.h>

#include "base/hash.h"

#define MAX_SIGNED 64			/* headers signed */
#define MAX_QUERY 128			/* query parameters */

/* A header that is signed: lower-case name, value as it stands. */
typedef struct SignedHeader
{
	char		name[64];
	RsdSlice	value;
	int			position;		/* repeated names keep their order */
} SignedHeader;

/*
 * Headers that are never signed: what the transport or a proxy on the way
 * may set or change, and the signature itself.  The list is botocore's.
 * Host is signed, but from the URL.
 */
static bool
is_signed(RsdSlice name, unsigned flags)
{
	static const char *const never[] =
	{
		"authorization", "connection", "expect", "host", "keep-alive",
		"proxy-authenticate", "proxy-authorization", "te", "trailer",
		"transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id"
	};
	size_t		i;

	for (i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (strcasecmp(name.data, never[i]) == 0)
			return false;
	return (flags & RSD_SIGV4_TOKEN_AFTER) == 0 ||
		strcasecmp(name.data, "x-amz-security-token") != 0;
}

static int
compare_headers(const void *a, const void *b)
{
	const SignedHeader *x = a;
	const SignedHeader *y = b;
	int			order = strcmp(x->name, y->name);

	return order != 0 ? order : x->position - y->position;
}

/* Copies a name in lower case. */
static bool
set_name(SignedHeader *header, RsdSlice name)
{
	size_t		i;

	if (name.len >= sizeof(header->name))
		return false;
	for (i = 0; i < name.len; i++)
	{
		char		c = name.data[i];

		header->name[i] = c >= 'A' && c <= 'Z' ? (char) (c - 'A' + 'a') : c;
	}
	header->name[name.len] = '\0';
	return true;
}

/* Fills list with host and the signed headers, sorted; their number or -1. */
static int
collect_headers(const RsdRequest *req, unsigned flags, RsdSlice host,
				SignedHeader *list)
{
	size_t		cursor = 0;
	RsdSlice	name;
	RsdSlice	value;
	int			n = 1;

	strcpy(list[0].name, "host");
	list[0].value = host;
	list[0].position = 0;
	while (rsd_headers_next(&req->headers, &cursor, &name, &value))
	{
		if (!is_signed(name, flags))
			continue;
		if (n == MAX_SIGNED || !set_name(&list[n], name))
			return -1;
		list[n].value = value;
		list[n].position = n;
		n++;
	}
	qsort(list, (size_t) n, sizeof(*list), compare_headers);
	return n;
}

/*
 * The value without outer blanks, inner runs of blanks as one; the line
 * ends of a folded value are blanks too.
 */
static void
add_header_value(RsdBuf *out, RsdSlice value)
{
	RsdSlice	v = rsd_slice_trim(value);
	bool		blank = false;
	size_t		i;

	for (i = 0; i < v.len; i++)
	{
		if (v.data[i] == ' ' || v.data[i] == '\t' || v.data[i] == '\r' ||
			v.data[i] == '\n')
		{
			blank = true;
			continue;
		}
		if (blank)
			rsd_buf_addc(out, ' ');
		blank = false;
		rsd_buf_addc(out, v.data[i]);
	}
}

static void
add_headers(const SignedHeader *list, int n, RsdBuf *canonical, RsdBuf *names)
{
	int			i;

	for (i = 0; i < n; i++)
	{
		bool		again = i > 0 &&
			strcmp(list[i].name, list[i - 1].name) == 0;

		if (again)
			rsd_buf_addc(canonical, ',');
		else
		{
			if (i > 0)
			{
				rsd_buf_addc(canonical, '\n');
				rsd_buf_addc(names, ';');
			}
			rsd_buf_adds(names, list[i].name);
			rsd_buf_adds(canonical, list[i].name);
			rsd_buf_addc(canonical, ':');
		}
		add_header_value(canonical, list[i].value);
	}
	rsd_buf_addc(canonical, '\n');
}

/*
 * Appends path without its "." and empty segments; ".." takes one back.
 */
static void
add_clean_path(RsdBuf *out, const char *path)
{
	const char *p = path;

	while (*p != '\0')
	{
		size_t		n;

		p += strspn(p, "/");
		n = strcspn(p, "/");
		if (n == 2 && p[0] == '.' && p[1] == '.')
		{
			while (out->len > 0 && out->data[--out->len] != '/')
				;
		}
		else if (n > 0 && !(n == 1 && p[0] == '.'))
		{
			rsd_buf_addc(out, '/');
			rsd_buf_add(out, p, n);
		}
		p += n;
	}
	if (out->len == 0 || path[strlen(path) - 1] == '/')
		rsd_buf_addc(out, '/');
}

/* The path as it is sent, cleaned and percent-encoded as the flags say. */
static void
add_path(RsdBuf *out, const char *path, unsigned flags)
{
	RsdBuf		clean;

	rsd_buf_init(&clean, strlen(path) + 2);
	if ((flags & RSD_SIGV4_KEEP_PATH) != 0)
		rsd_buf_adds(&clean, path);
	else
		add_clean_path(&clean, path);
	if ((flags & RSD_SIGV4_PATH_ENCODED) != 0)
		rsd_buf_add(out, clean.data, clean.len);
	else
		rsd_uri_encode(out, rsd_buf_slice(&clean), true);
	if (rsd_buf_failed(&clean))
		out->failure = clean.failure;
	rsd_buf_free(&clean);
}

/*
 * Orders encoded name=value pairs by name, then value, where "=" must sort
 * before any character a name can have.
 */
static int
compare_pairs(const void *a, const void *b)
{
	const RsdSlice *x = a;
	const RsdSlice *y = b;
	size_t		i;

	for (i = 0; i < x->len && i < y->len; i++)
	{
		int			cx = x->data[i] == '=' ? 0 : (unsigned char) x->data[i];
		int			cy = y->data[i] == '=' ? 0 : (unsigned char) y->data[i];

		if (cx != cy)
			return cx - cy;
	}
	return x->len < y->len ? -1 : x->len > y->len;
}

/* Appends one part of the query, however it was encoded, encoded our way. */
static void
add_reencoded(RsdBuf *out, RsdSlice part)
{
	RsdBuf		plain;

	rsd_buf_init(&plain, part.len);
	rsd_uri_decode(&plain, part);
	rsd_uri_encode(out, rsd_buf_slice(&plain), false);
	if (rsd_buf_failed(&plain))
		out->failure = plain.failure;
	rsd_buf_free(&plain);
}

/* Appends "name=value"; a lone name gets its "=". */
static void
add_pair(RsdBuf *out, RsdSlice pair)
{
	const char *sign = memchr(pair.data, '=', pair.len);
	size_t		n = sign == NULL ? pair.len : (size_t) (sign - pair.data);

	add_reencoded(out, rsd_slice(pair.data, n));
	rsd_buf_addc(out, '=');
	if (sign != NULL)
		add_reencoded(out, rsd_slice(sign + 1, pair.len - n - 1));
}

/*
 * Encodes the query's pairs into text, one after the other, ends[i] being
 * where the i-th ends.  Their number, or -1 if they are too many.
 */
static int
encode_pairs(RsdSlice query, RsdBuf *text, size_t *ends)
{
	size_t		start = 0;
	size_t		i;
	int			n = 0;

	for (i = 0; i <= query.len && query.len > 0; i++)
	{
		if (i < query.len && query.data[i] != '&')
			continue;
		if (i > start)
		{
			if (n == MAX_QUERY)
				return -1;
			add_pair(text, rsd_slice(query.data + start, i - start));
			ends[n++] = text->len;
		}
		start = i + 1;
	}
	return n;
}

/* The query's pairs, encoded and sorted; false if they are too many. */
static bool
add_query(RsdBuf *out, RsdSlice query)
{
	RsdSlice	pairs[MAX_QUERY];
	size_t		ends[MAX_QUERY];
	RsdBuf		text;
	int			n;
	int			i;

	rsd_buf_init(&text, RSD_CANONICAL_MAX);
	n = encode_pairs(query, &text, ends);
	for (i = 0; i < n; i++)
	{
		size_t		start = i == 0 ? 0 : ends[i - 1];

		pairs[i] = rsd_slice(text.data + start, ends[i] - start);
	}
	if (n > 0)
		qsort(pairs, (size_t) n, sizeof(pairs[0]), compare_pairs);
	for (i = 0; i < n; i++)
	{
		if (i > 0)
			rsd_buf_addc(out, '&');
		rsd_buf_add(out, pairs[i].data, pairs[i].len);
	}
	if (rsd_buf_failed(&text))
		out->failure = text.failure;
	rsd_buf_wipe(&text);		/* a presigned query holds the session token */
	rsd_buf_free(&text);
	return n >= 0;
}

bool
rsd_canonical_hash(RsdSlice data, RsdBuf *out)
{
	uint8_t		hash[RSD_SHA256_LEN];
	char		hex[RSD_SHA256_HEX];

	if (!rsd_sha256(data, hash))
		return false;
	rsd_hex(hash, sizeof(hash), hex);
	rsd_buf_adds(out, hex);
	return true;
}

/* The body's hash, or what x-amz-content-sha256 says in its place. */
static bool
add_body_hash(RsdBuf *out, const RsdRequest *req)
{
	const char *said = rsd_headers_get(&req->headers, "x-amz-content-sha256");

	if (said == NULL)
		return rsd_canonical_hash(rsd_buf_slice(&req->body), out);
	add_header_value(out, rsd_slice_str(said));
	return true;
}

static bool
too_many(RsdError *err)
{
	return rsd_error_set(err, RSD_ERR_LIMIT,
						 "too many headers or query parameters to sign");
}

/* Appends the canonical headers to canonical, their names to names. */
static bool
add_signed_headers(const RsdRequest *req, unsigned flags, RsdBuf *canonical,
				   RsdBuf *names)
{
	SignedHeader list[MAX_SIGNED];
	RsdBuf		host;
	int			n;

	rsd_buf_init(&host, 300);
	rsd_url_authority(&req->url, &host);
	n = collect_headers(req, flags, rsd_buf_slice(&host), list);
	if (n > 0)
		add_headers(list, n, canonical, names);
	rsd_buf_free(&host);
	return n > 0;
}

bool
rsd_canonical_names(const RsdRequest *req, unsigned flags, RsdBuf *names,
					RsdError *err)
{
	RsdBuf		unused;
	bool		good;

	rsd_buf_init(&unused, RSD_CANONICAL_MAX);
	good = add_signed_headers(req, flags, &unused, names);
	rsd_buf_wipe(&unused);
	rsd_buf_free(&unused);
	return good ? rsd_buf_check(names, "signed headers", err) : too_many(err);
}

bool
rsd_canonical_request(const RsdRequest *req, unsigned flags,
					  RsdBuf *canonical, RsdBuf *names, RsdError *err)
{
	rsd_buf_adds(canonical, req->method);
	rsd_buf_addc(canonical, '\n');
	add_path(canonical, req->url.path, flags);
	rsd_buf_addc(canonical, '\n');
	if (!add_query(canonical, rsd_buf_slice(&req->query)))
		return too_many(err);
	rsd_buf_addc(canonical, '\n');
	if (!add_signed_headers(req, flags, canonical, names))
		return too_many(err);
	rsd_buf_addc(canonical, '\n');
	rsd_buf_add(canonical, names->data, names->len);
	rsd_buf_addc(canonical, '\n');
	if (!add_body_hash(canonical, req))
		return rsd_error_set(err, RSD_ERR_INTERNAL,
							 "cryptographic library failed");
	return rsd_buf_check(canonical, "canonical request", err) &&
		rsd_buf_check(names, "signed headers", err);
}
