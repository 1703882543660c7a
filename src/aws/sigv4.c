/*
 * sigv4.c
 *		AWS Signature Version 4, header form.
 *
 * Follows "Create a signed AWS API request" of the IAM User Guide.  Secrets
 * pass through stack buffers that are wiped; nothing here is printed.
 */
#include "aws/sigv4.h"

#include <stdlib.h>
#include <strings.h>

#include "base/timefmt.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define MAX_SIGNED 32			/* headers signed */
#define MAX_QUERY 64			/* query parameters */
#define MAX_CANONICAL (128 * 1024)

/* A header that is signed: lower-case name, value as it stands. */
typedef struct SignedHeader
{
	char		name[64];
	RsdSlice	value;
	int			position;		/* repeated names keep their order */
} SignedHeader;

static bool
crypto_error(RsdError *err)
{
	return rsd_error_set(err, RSD_ERR_INTERNAL,
						 "cryptographic library failed");
}

/* Signed are content-type and x-amz-*; host is added by the caller. */
static bool
is_signed(RsdSlice name)
{
	return strcasecmp(name.data, "content-type") == 0 ||
		strncasecmp(name.data, "x-amz-", 6) == 0;
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
collect_headers(const RsdRequest *req, RsdSlice host, SignedHeader *list)
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
		if (!is_signed(name))
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

/* The value without outer blanks, inner runs of blanks as one. */
static void
add_header_value(RsdBuf *out, RsdSlice value)
{
	RsdSlice	v = rsd_slice_trim(value);
	bool		blank = false;
	size_t		i;

	for (i = 0; i < v.len; i++)
	{
		if (v.data[i] == ' ' || v.data[i] == '\t')
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
 * The canonical path.  Segments "." and "" vanish, ".." takes one back, and
 * what is left is percent-encoded once more ("%20" becomes "%2520"), which
 * all services but S3 want.
 */
static void
add_path(RsdBuf *out, const char *path)
{
	RsdBuf		clean;
	const char *p = path;

	rsd_buf_init(&clean, 2 * strlen(path) + 2);
	while (*p != '\0')
	{
		size_t		n;

		p += strspn(p, "/");
		n = strcspn(p, "/");
		if (n == 2 && p[0] == '.' && p[1] == '.')
		{
			while (clean.len > 0 && clean.data[--clean.len] != '/')
				;
		}
		else if (n > 0 && !(n == 1 && p[0] == '.'))
		{
			rsd_buf_addc(&clean, '/');
			rsd_buf_add(&clean, p, n);
		}
		p += n;
	}
	if (clean.len == 0 || path[strlen(path) - 1] == '/')
		rsd_buf_addc(&clean, '/');
	rsd_uri_encode(out, rsd_buf_slice(&clean), true);
	if (rsd_buf_failed(&clean))
		out->failure = clean.failure;
	rsd_buf_free(&clean);
}

/*
 * Orders name=value pairs by name, then value, where "=" must sort before
 * any character a name can have.
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

/* The query, which is encoded already, sorted; a lone name gets its "=". */
static bool
add_query(RsdBuf *out, RsdSlice query)
{
	RsdSlice	pairs[MAX_QUERY];
	size_t		n = 0;
	size_t		start = 0;
	size_t		i;

	for (i = 0; i <= query.len && query.len > 0; i++)
	{
		if (i < query.len && query.data[i] != '&')
			continue;
		if (n == MAX_QUERY)
			return false;
		if (i > start)
			pairs[n++] = rsd_slice(query.data + start, i - start);
		start = i + 1;
	}
	qsort(pairs, n, sizeof(pairs[0]), compare_pairs);
	for (i = 0; i < n; i++)
	{
		if (i > 0)
			rsd_buf_addc(out, '&');
		rsd_buf_add(out, pairs[i].data, pairs[i].len);
		if (memchr(pairs[i].data, '=', pairs[i].len) == NULL)
			rsd_buf_addc(out, '=');
	}
	return true;
}

static bool
add_hash(RsdBuf *out, RsdSlice data)
{
	uint8_t		hash[RSD_SHA256_LEN];
	char		hex[RSD_SHA256_HEX];

	if (!rsd_sha256(data, hash))
		return false;
	rsd_hex(hash, sizeof(hash), hex);
	rsd_buf_adds(out, hex);
	return true;
}

bool
rsd_sigv4_canonical(const RsdRequest *req, RsdBuf *canonical, RsdBuf *names,
					RsdError *err)
{
	SignedHeader list[MAX_SIGNED];
	RsdBuf		host;
	bool		fits;
	int			n;

	rsd_buf_init(&host, 300);
	rsd_url_authority(&req->url, &host);
	n = collect_headers(req, rsd_buf_slice(&host), list);
	rsd_buf_adds(canonical, req->method);
	rsd_buf_addc(canonical, '\n');
	add_path(canonical, req->url.path);
	rsd_buf_addc(canonical, '\n');
	fits = add_query(canonical, rsd_buf_slice(&req->query)) && n > 0;
	rsd_buf_addc(canonical, '\n');
	if (fits)
		add_headers(list, n, canonical, names);
	rsd_buf_free(&host);
	if (!fits)
		return rsd_error_set(err, RSD_ERR_LIMIT,
							 "too many headers or query parameters to sign");
	rsd_buf_addc(canonical, '\n');
	rsd_buf_add(canonical, names->data, names->len);
	rsd_buf_addc(canonical, '\n');
	if (!add_hash(canonical, rsd_buf_slice(&req->body)))
		return crypto_error(err);
	return rsd_buf_check(canonical, "canonical request", err) &&
		rsd_buf_check(names, "signed headers", err);
}

bool
rsd_sigv4_string_to_sign(RsdSlice canonical, const char *region,
						 const char *service, int64_t now_us, RsdBuf *out,
						 RsdError *err)
{
	char		stamp[RSD_TIME_AMZ_LEN];

	rsd_time_amz(now_us, stamp);
	rsd_buf_addf(out, ALGORITHM "\n%s\n%.8s/%s/%s/aws4_request\n", stamp,
				 stamp, region, service);
	if (!add_hash(out, canonical))
		return crypto_error(err);
	return rsd_buf_check(out, "string to sign", err);
}

/* key = HMAC(key, text) */
static bool
derive(uint8_t key[RSD_SHA256_LEN], const char *text)
{
	return rsd_hmac_sha256(rsd_slice((const char *) key, RSD_SHA256_LEN),
						   rsd_slice_str(text), key);
}

bool
rsd_sigv4_key(const char *secret, const char *date, const char *region,
			  const char *service, uint8_t key[RSD_SHA256_LEN], RsdError *err)
{
	RsdBuf		start;
	bool		good;

	rsd_buf_init(&start, 4096);
	rsd_buf_adds(&start, "AWS4");
	rsd_buf_adds(&start, secret);
	if (!rsd_buf_check(&start, "secret access key", err))
		good = false;
	else
	{
		good = rsd_hmac_sha256(rsd_buf_slice(&start), rsd_slice_str(date),
							   key) &&
			derive(key, region) && derive(key, service) &&
			derive(key, "aws4_request");
		if (!good)
			crypto_error(err);
	}
	rsd_buf_wipe(&start);
	rsd_buf_free(&start);
	return good;
}

bool
rsd_sigv4_signature(const uint8_t key[RSD_SHA256_LEN],
					RsdSlice string_to_sign, char hex[RSD_SHA256_HEX],
					RsdError *err)
{
	uint8_t		mac[RSD_SHA256_LEN];

	if (!rsd_hmac_sha256(rsd_slice((const char *) key, RSD_SHA256_LEN),
						 string_to_sign, mac))
		return crypto_error(err);
	rsd_hex(mac, sizeof(mac), hex);
	return true;
}

/* Makes cache hold the key for these; derives only what has changed. */
static bool
renew_key(RsdSigningKey *cache, const RsdCredentials *cred, const char *date,
		  const char *region, const char *service, RsdError *err)
{
	uint8_t		hash[RSD_SHA256_LEN];

	if (!rsd_sha256(rsd_slice_str(cred->secret_access_key), hash))
		return crypto_error(err);
	if (cache->valid && strcmp(cache->date, date) == 0 &&
		strcmp(cache->region, region) == 0 &&
		strcmp(cache->service, service) == 0 &&
		memcmp(cache->secret_hash, hash, sizeof(hash)) == 0)
		return true;
	rsd_wipe(cache, sizeof(*cache));
	if (!rsd_clip(cache->region, sizeof(cache->region), region,
				  strlen(region)) ||
		!rsd_clip(cache->service, sizeof(cache->service), service,
				  strlen(service)))
		return rsd_error_set(err, RSD_ERR_INVALID,
							 "region or service name is too long");
	(void) rsd_clip(cache->date, sizeof(cache->date), date, strlen(date));
	memcpy(cache->secret_hash, hash, sizeof(hash));
	cache->valid = rsd_sigv4_key(cred->secret_access_key, date, region,
								 service, cache->key, err);
	return cache->valid;
}

/* The headers that are signed along must be there before. */
static bool
set_signed_headers(RsdRequest *req, const RsdCredentials *cred,
				   const char *stamp, RsdError *err)
{
	if (!rsd_request_header(req, "X-Amz-Date", rsd_slice_str(stamp), err))
		return false;
	return cred->session_token == NULL ||
		rsd_request_header(req, "X-Amz-Security-Token",
						   rsd_slice_str(cred->session_token), err);
}

/* Canonical request, string to sign and signature; names is filled. */
static bool
compute_signature(const RsdRequest *req, const RsdSigningKey *key,
				  int64_t now_us, RsdBuf *names, char hex[RSD_SHA256_HEX],
				  RsdError *err)
{
	RsdBuf		canonical;
	RsdBuf		to_sign;
	bool		good;

	rsd_buf_init(&canonical, MAX_CANONICAL);
	rsd_buf_init(&to_sign, 1024);
	good = rsd_sigv4_canonical(req, &canonical, names, err) &&
		rsd_sigv4_string_to_sign(rsd_buf_slice(&canonical), key->region,
								 key->service, now_us, &to_sign, err) &&
		rsd_sigv4_signature(key->key, rsd_buf_slice(&to_sign), hex, err);
	rsd_buf_wipe(&canonical);	/* holds the session token */
	rsd_buf_free(&canonical);
	rsd_buf_free(&to_sign);
	return good;
}

/* Sets Authorization from its parts. */
static bool
set_authorization(RsdRequest *req, const RsdCredentials *cred,
				  const RsdSigningKey *key, RsdSlice names, const char *hex,
				  RsdError *err)
{
	RsdBuf		value;
	bool		good;

	rsd_buf_init(&value, 8192);
	rsd_buf_addf(&value, ALGORITHM " Credential=%s/%s/%s/%s/aws4_request, "
				 "SignedHeaders=%.*s, Signature=%s", cred->access_key_id,
				 key->date, key->region, key->service, (int) names.len,
				 names.data, hex);
	good = rsd_buf_check(&value, "authorization header", err) &&
		rsd_request_header(req, "Authorization", rsd_buf_slice(&value), err);
	rsd_buf_wipe(&value);
	rsd_buf_free(&value);
	return good;
}

bool
rsd_sigv4_sign(RsdRequest *req, const RsdCredentials *cred,
			   const char *region, const char *service, int64_t now_us,
			   RsdSigningKey *cache, RsdError *err)
{
	RsdSigningKey own = {0};
	RsdSigningKey *key = cache != NULL ? cache : &own;
	char		stamp[RSD_TIME_AMZ_LEN];
	char		date[9];
	char		hex[RSD_SHA256_HEX];
	RsdBuf		names;
	bool		good;

	RSD_ASSERT(cred->access_key_id != NULL && cred->secret_access_key != NULL);
	rsd_time_amz(now_us, stamp);
	(void) rsd_clip(date, sizeof(date), stamp, 8);
	rsd_buf_init(&names, 4096);
	good = renew_key(key, cred, date, region, service, err) &&
		set_signed_headers(req, cred, stamp, err) &&
		compute_signature(req, key, now_us, &names, hex, err) &&
		set_authorization(req, cred, key, rsd_buf_slice(&names), hex, err);
	rsd_buf_free(&names);
	rsd_wipe(&own, sizeof(own));
	return good;
}
