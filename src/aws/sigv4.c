/*
 * sigv4.c
 *		AWS Signature Version 4: keys, signatures and where they are put.
 *
 * Follows "Create a signed AWS API request" of the IAM User Guide.  Secrets
 * pass through stack buffers that are wiped; nothing here is printed.
 */
#include "aws/sigv4.h"

#include "base/timefmt.h"

#define ALGORITHM "AWS4-HMAC-SHA256"

static bool
crypto_error(RsdError *err)
{
	return rsd_error_set(err, RSD_ERR_INTERNAL,
						 "cryptographic library failed");
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
	if (!rsd_canonical_hash(canonical, out))
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

/* Makes key good for this request, now. */
static bool
ready_key(RsdSigningKey *key, const RsdCredentials *cred,
		  const RsdSigning *how, char stamp[RSD_TIME_AMZ_LEN], RsdError *err)
{
	char		date[9];

	RSD_ASSERT(cred->access_key_id != NULL && cred->secret_access_key != NULL);
	rsd_time_amz(how->now_us, stamp);
	(void) rsd_clip(date, sizeof(date), stamp, 8);
	return renew_key(key, cred, date, how->region, how->service, err);
}

static bool
set_content_hash(RsdRequest *req, RsdError *err)
{
	RsdBuf		hex;
	bool		good;

	rsd_buf_init(&hex, RSD_SHA256_HEX);
	if (!rsd_canonical_hash(rsd_buf_slice(&req->body), &hex))
		good = crypto_error(err);
	else
		good = rsd_buf_check(&hex, "content hash", err) &&
			rsd_request_header(req, "X-Amz-Content-Sha256",
							   rsd_buf_slice(&hex), err);
	rsd_buf_free(&hex);
	return good;
}

/* The headers that belong to the signature must be there before. */
static bool
set_headers(RsdRequest *req, const RsdCredentials *cred, unsigned flags,
			const char *stamp, RsdError *err)
{
	if (cred->session_token != NULL &&
		!rsd_request_header(req, "X-Amz-Security-Token",
							rsd_slice_str(cred->session_token), err))
		return false;
	if (!rsd_request_header(req, "X-Amz-Date", rsd_slice_str(stamp), err))
		return false;
	return (flags & RSD_SIGV4_CONTENT_HASH) == 0 ||
		set_content_hash(req, err);
}

/* Canonical request, string to sign and signature; names is filled. */
static bool
compute_signature(const RsdRequest *req, const RsdSigningKey *key,
				  const RsdSigning *how, RsdBuf *names,
				  char hex[RSD_SHA256_HEX], RsdError *err)
{
	RsdBuf		canonical;
	RsdBuf		to_sign;
	bool		good;

	rsd_buf_init(&canonical, RSD_CANONICAL_MAX);
	rsd_buf_init(&to_sign, 1024);
	good = rsd_canonical_request(req, how->flags, &canonical, names, err) &&
		rsd_sigv4_string_to_sign(rsd_buf_slice(&canonical), key->region,
								 key->service, how->now_us, &to_sign, err) &&
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
rsd_sigv4_sign_as(RsdRequest *req, const RsdCredentials *cred,
				  const RsdSigning *how, RsdSigningKey *cache, RsdError *err)
{
	RsdSigningKey own = {0};
	RsdSigningKey *key = cache != NULL ? cache : &own;
	char		stamp[RSD_TIME_AMZ_LEN];
	char		hex[RSD_SHA256_HEX];
	RsdBuf		names;
	bool		good;

	rsd_buf_init(&names, 4096);
	good = ready_key(key, cred, how, stamp, err) &&
		set_headers(req, cred, how->flags, stamp, err) &&
		compute_signature(req, key, how, &names, hex, err) &&
		set_authorization(req, cred, key, rsd_buf_slice(&names), hex, err);
	rsd_buf_free(&names);
	rsd_wipe(&own, sizeof(own));
	return good;
}

bool
rsd_sigv4_sign(RsdRequest *req, const RsdCredentials *cred,
			   const char *region, const char *service, int64_t now_us,
			   RsdSigningKey *cache, RsdError *err)
{
	RsdSigning	how = {0};

	how.region = region;
	how.service = service;
	how.now_us = now_us;
	return rsd_sigv4_sign_as(req, cred, &how, cache, err);
}

/* Adds name=value to the query, the value encoded. */
static void
add_parameter(RsdRequest *req, const char *name, const char *value)
{
	if (req->query.len > 0)
		rsd_buf_addc(&req->query, '&');
	rsd_buf_adds(&req->query, name);
	rsd_buf_addc(&req->query, '=');
	rsd_uri_encode(&req->query, rsd_slice_str(value), false);
}

/* The parameters that are signed. */
static void
add_parameters(RsdRequest *req, const RsdCredentials *cred,
			   const RsdSigning *how, const RsdSigningKey *key,
			   const char *stamp, const RsdBuf *names)
{
	add_parameter(req, "X-Amz-Algorithm", ALGORITHM);
	add_parameter(req, "X-Amz-Credential", cred->access_key_id);
	rsd_buf_addf(&req->query, "%%2F%s%%2F%s%%2F%s%%2Faws4_request", key->date,
				 key->region, key->service);
	add_parameter(req, "X-Amz-Date", stamp);
	add_parameter(req, "X-Amz-SignedHeaders", rsd_buf_str(names));
	rsd_buf_addf(&req->query, "&X-Amz-Expires=%d", how->expires_s);
	if (cred->session_token != NULL &&
		(how->flags & RSD_SIGV4_TOKEN_AFTER) == 0)
		add_parameter(req, "X-Amz-Security-Token", cred->session_token);
}

/* The parameters that come after, the signature being one. */
static void
add_last_parameters(RsdRequest *req, const RsdCredentials *cred,
					unsigned flags, const char *hex)
{
	if (cred->session_token != NULL && (flags & RSD_SIGV4_TOKEN_AFTER) != 0)
		add_parameter(req, "X-Amz-Security-Token", cred->session_token);
	add_parameter(req, "X-Amz-Signature", hex);
}

bool
rsd_sigv4_presign(RsdRequest *req, const RsdCredentials *cred,
				  const RsdSigning *how, RsdSigningKey *cache, RsdError *err)
{
	RsdSigningKey own = {0};
	RsdSigningKey *key = cache != NULL ? cache : &own;
	char		stamp[RSD_TIME_AMZ_LEN];
	char		hex[RSD_SHA256_HEX];
	RsdBuf		names;
	bool		good;

	rsd_buf_init(&names, 4096);
	good = ready_key(key, cred, how, stamp, err) &&
		rsd_canonical_names(req, how->flags, &names, err);
	if (good)
	{
		add_parameters(req, cred, how, key, stamp, &names);
		rsd_buf_reset(&names);
		good = rsd_buf_check(&req->query, "presigned query", err) &&
			compute_signature(req, key, how, &names, hex, err);
	}
	if (good)
	{
		add_last_parameters(req, cred, how->flags, hex);
		good = rsd_buf_check(&req->query, "presigned query", err);
	}
	rsd_buf_free(&names);
	rsd_wipe(&own, sizeof(own));
	return good;
}
