/*
 * sigv4.c
 *		Verifies AWS Signature Version 4 following the SignedHeaders list of
 *		the request, since clients sign different sets of headers.
 *
 * Written independently of the extension's signer on purpose: the one is the
 * test of the other. Rules: the public SigV4 description in the IAM User
 * Guide ("Create a signed AWS API request"). Never logs or returns a secret.
 */
#include "sigv4.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#define HASH_SIZE 32
#define HEX_SIZE 65
#define SKEW_US (INT64_C(5) * 60 * 1000000)

/* The parts of an Authorization header, and of the scope inside it. */
typedef struct Claim
{
	char		access_key[128];
	char		date[16];
	char		region[64];
	char		service[64];
	char		signed_headers[2048];
	char		signature[HEX_SIZE];
} Claim;

static void
hex(const unsigned char *bytes, char out[HEX_SIZE])
{
	for (int i = 0; i < HASH_SIZE; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

static void
sha256_hex(const char *data, size_t len, char out[HEX_SIZE])
{
	unsigned char hash[HASH_SIZE];

	SHA256((const unsigned char *) data, len, hash);
	hex(hash, out);
}

static void
hmac(unsigned char key[HASH_SIZE], const char *data)
{
	unsigned char out[HASH_SIZE];
	unsigned int len = HASH_SIZE;

	HMAC(EVP_sha256(), key, HASH_SIZE, (const unsigned char *) data,
		 strlen(data), out, &len);
	memcpy(key, out, HASH_SIZE);
}

static void
fault(EmuAuth *auth, EmuAuthFault kind, const char *format,...)
			__attribute__((format(printf, 3, 4)));

static void
fault(EmuAuth *auth, EmuAuthFault kind, const char *format,...)
{
	va_list		args;

	auth->fault = kind;
	va_start(args, format);
	vsnprintf(auth->message, sizeof(auth->message), format, args);
	va_end(args);
}

/* Copy the value of "name=" from the header, up to a comma or blank. */
static bool
claim_part(const char *header, const char *name, char *out, size_t size)
{
	const char *at = strstr(header, name);
	size_t		len;

	if (at == NULL)
		return false;
	at += strlen(name);
	len = strcspn(at, ", \t");
	if (len == 0 || len >= size)
		return false;
	memcpy(out, at, len);
	out[len] = '\0';
	return true;
}

static bool
read_claim(const char *header, Claim *claim)
{
	char		scope[512];
	char	   *part[5];
	char	   *rest = scope;

	memset(claim, 0, sizeof(*claim));
	if (strncmp(header, "AWS4-HMAC-SHA256", 16) != 0 ||
		!claim_part(header, "Credential=", scope, sizeof(scope)))
		return false;
	for (int i = 0; i < 5; i++)
	{
		part[i] = strsep(&rest, "/");
		if (part[i] == NULL)
			return false;
	}
	if (rest != NULL || strcmp(part[4], "aws4_request") != 0)
		return false;
	snprintf(claim->access_key, sizeof(claim->access_key), "%s", part[0]);
	snprintf(claim->date, sizeof(claim->date), "%s", part[1]);
	snprintf(claim->region, sizeof(claim->region), "%s", part[2]);
	snprintf(claim->service, sizeof(claim->service), "%s", part[3]);
	return claim_part(header, "SignedHeaders=", claim->signed_headers,
					  sizeof(claim->signed_headers)) &&
		claim_part(header, "Signature=", claim->signature,
				   sizeof(claim->signature));
}

/* Is name in the semicolon-separated list? */
static bool
is_signed(const char *list, const char *name)
{
	size_t		len = strlen(name);

	while (*list != '\0')
	{
		size_t		word = strcspn(list, ";");

		if (word == len && strncasecmp(list, name, len) == 0)
			return true;
		list += word;
		if (*list == ';')
			list++;
	}
	return false;
}

/* Host, Content-Type and every x-amz-* that came must have been signed. */
static bool
signs_enough(const EmuCall *call, const Claim *claim)
{
	if (!is_signed(claim->signed_headers, "host"))
		return false;
	for (size_t i = 0; i < call->nheaders; i++)
	{
		const char *name = call->headers[i].name;

		if ((strncasecmp(name, "x-amz-", 6) == 0 ||
			 strcasecmp(name, "content-type") == 0) &&
			!is_signed(claim->signed_headers, name))
			return false;
	}
	return true;
}

/* A header value with ends stripped and runs of blanks made one. */
static void
add_trimmed(EmuText *out, const char *value)
{
	bool		blank = false;
	bool		begun = false;

	for (; *value != '\0'; value++)
	{
		if (isspace((unsigned char) *value))
		{
			blank = true;
			continue;
		}
		if (blank && begun)
			emu_text_add(out, " ", 1);
		blank = false;
		begun = true;
		emu_text_add(out, value, 1);
	}
}

/* "name:value[,value]...\n" for one signed name. */
static bool
add_header(EmuText *out, const EmuCall *call, const char *name)
{
	bool		found = false;

	emu_text_addf(out, "%s:", name);
	for (size_t i = 0; i < call->nheaders; i++)
	{
		if (strcasecmp(call->headers[i].name, name) != 0)
			continue;
		if (found)
			emu_text_add(out, ",", 1);
		add_trimmed(out, call->headers[i].value);
		found = true;
	}
	emu_text_add(out, "\n", 1);
	return found;
}

/* Percent-encode, leaving unreserved characters and those in keep. */
static void
add_encoded(EmuText *out, const char *data, size_t len, const char *keep)
{
	for (size_t i = 0; i < len; i++)
	{
		unsigned char c = (unsigned char) data[i];

		if (isalnum(c) || strchr("-._~", c) != NULL || strchr(keep, c) != NULL)
			emu_text_add(out, data + i, 1);
		else
			emu_text_addf(out, "%%%02X", c);
	}
}

static int
compare_words(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

/* Query parameters come encoded already: sort them, add a missing "=". */
static void
add_query(EmuText *out, const char *query)
{
	char	   *copy = emu_strdup(query);
	char	   *words[64] = {NULL};
	char	   *rest = copy;
	char	   *word;
	size_t		n = 0;

	while ((word = strsep(&rest, "&")) != NULL && n < 64)
	{
		if (*word != '\0')
			words[n++] = word;
	}
	qsort(words, n, sizeof(words[0]), compare_words);
	for (size_t i = 0; i < n; i++)
		emu_text_addf(out, "%s%s%s", i > 0 ? "&" : "", words[i],
					  strchr(words[i], '=') == NULL ? "=" : "");
	free(copy);
}

/* Build the canonical request; false when a signed header is not there. */
static bool
canonical_request(const EmuCall *call, const Claim *claim, EmuText *out)
{
	char		names[sizeof(claim->signed_headers)];
	char	   *rest = names;
	char	   *name;
	char		hash[HEX_SIZE];
	size_t		path_len = strcspn(call->uri, "?");
	bool		complete = true;

	emu_text_addf(out, "%s\n", call->method);
	add_encoded(out, call->uri, path_len, "/");
	emu_text_add(out, "\n", 1);
	if (call->uri[path_len] == '?')
		add_query(out, call->uri + path_len + 1);
	emu_text_add(out, "\n", 1);
	memcpy(names, claim->signed_headers, sizeof(names));
	while ((name = strsep(&rest, ";")) != NULL)
		complete = add_header(out, call, name) && complete;
	sha256_hex(call->body.data != NULL ? call->body.data : "",
			   call->body.len, hash);
	emu_text_addf(out, "\n%s\n%s", claim->signed_headers, hash);
	return complete;
}

static void
compute_signature(const Claim *claim, const char *secret,
				  const char *amz_date, const EmuText *canonical,
				  char out[HEX_SIZE])
{
	unsigned char key[HASH_SIZE];
	unsigned int len = HASH_SIZE;
	EmuText		text = {0};
	char		hash[HEX_SIZE];

	emu_text_addf(&text, "AWS4%s", secret);
	HMAC(EVP_sha256(), text.data, (int) text.len,
		 (const unsigned char *) claim->date, strlen(claim->date), key, &len);
	OPENSSL_cleanse(text.data, text.len);
	text.len = 0;
	hmac(key, claim->region);
	hmac(key, claim->service);
	hmac(key, "aws4_request");
	sha256_hex(canonical->data, canonical->len, hash);
	emu_text_addf(&text, "AWS4-HMAC-SHA256\n%s\n%s/%s/%s/aws4_request\n%s",
				  amz_date, claim->date, claim->region, claim->service, hash);
	hmac(key, text.data);
	hex(key, out);
	OPENSSL_cleanse(key, sizeof(key));
	emu_text_free(&text);
}

static void
basic_time(int64_t us, char out[17])
{
	time_t		seconds = (time_t) (us / 1000000);
	struct tm	parts;

	gmtime_r(&seconds, &parts);
	strftime(out, 17, "%Y%m%dT%H%M%SZ", &parts);
}

static bool
check_date(const Claim *claim, const char *amz_date, int64_t now_us,
		   EmuAuth *auth)
{
	struct tm	parts = {0};
	const char *end = strptime(amz_date, "%Y%m%dT%H%M%SZ", &parts);
	int64_t		signed_us;
	char		now[17];
	char		limit[17];

	if (end == NULL || *end != '\0' ||
		strncmp(amz_date, claim->date, 8) != 0 || strlen(claim->date) != 8)
	{
		fault(auth, EMU_AUTH_MISMATCH, "Date in Credential scope does not "
			  "match YYYYMMDD from ISO-8601 version of date from HTTP: "
			  "'%s' != '%.8s', from '%s'.", claim->date, amz_date, amz_date);
		return false;
	}
	signed_us = (int64_t) timegm(&parts) * 1000000;
	basic_time(now_us, now);
	if (signed_us < now_us - SKEW_US)
	{
		basic_time(now_us - SKEW_US, limit);
		fault(auth, EMU_AUTH_EXPIRED, "Signature expired: %s is now earlier "
			  "than %s (%s - 5 min.)", amz_date, limit, now);
		return false;
	}
	if (signed_us > now_us + SKEW_US)
	{
		basic_time(now_us + SKEW_US, limit);
		fault(auth, EMU_AUTH_EXPIRED, "Signature not yet current: %s is "
			  "still later than %s (%s + 5 min.)", amz_date, limit, now);
		return false;
	}
	return true;
}

static void
check_signature(const EmuCall *call, const Claim *claim, const char *secret,
				const char *amz_date, EmuAuth *auth)
{
	EmuText		canonical = {0};
	char		expected[HEX_SIZE];
	bool		complete = canonical_request(call, claim, &canonical);

	compute_signature(claim, secret, amz_date, &canonical, expected);
	emu_text_free(&canonical);
	if (!complete || !signs_enough(call, claim))
		fault(auth, EMU_AUTH_MISMATCH, "'Host' or 'X-Amz-*' or "
			  "'Content-Type' must be a 'SignedHeader' in the AWS "
			  "Authorization.");
	else if (strlen(claim->signature) != HEX_SIZE - 1 ||
			 CRYPTO_memcmp(expected, claim->signature, HEX_SIZE - 1) != 0)
		fault(auth, EMU_AUTH_MISMATCH, "The request signature we calculated "
			  "does not match the signature you provided. Check your AWS "
			  "Secret Access Key and signing method. Consult the service "
			  "documentation for details.");
}

/* Is the claim good?  state is that of its key, secret the key's. */
static void
check_claim(const EmuCall *call, const Claim *claim, EmuKeyState state,
			const char *secret, const char *service, int64_t now_us,
			EmuAuth *auth)
{
	const char *amz_date = emu_call_header(call, "x-amz-date");

	if (state == EMU_KEY_UNKNOWN)
		fault(auth, EMU_AUTH_UNKNOWN_KEY,
			  "The security token included in the request is invalid.");
	else if (state == EMU_KEY_EXPIRED)
		fault(auth, EMU_AUTH_KEY_EXPIRED,
			  "The security token included in the request is expired");
	else if (strcmp(claim->service, service) != 0)
		fault(auth, EMU_AUTH_MISMATCH, "Credential should be scoped to "
			  "correct service: '%s'.", service);
	else if (check_date(claim, amz_date, now_us, auth))
		check_signature(call, claim, secret, amz_date, auth);
}

void
emu_sigv4_verify(const EmuCall *call, const EmuOptions *options,
				 EmuKeyring *keyring, const char *service, int64_t now_us,
				 EmuAuth *auth)
{
	const char *header = emu_call_header(call, "authorization");
	Claim		claim = {.access_key = ""};
	EmuKeyCopy	key;
	EmuKeyState state;
	bool		readable = header != NULL && read_claim(header, &claim);

	memset(auth, 0, sizeof(*auth));
	snprintf(auth->access_key, sizeof(auth->access_key), "%s",
			 claim.access_key);
	snprintf(auth->region, sizeof(auth->region), "%s", claim.region);
	state = emu_keyring_find(keyring, claim.access_key,
							 emu_call_header(call, "x-amz-security-token"),
							 now_us, &key);
	auth->who = key.who;
	if (options->nkeys > 0)
	{
		if (header == NULL)
			fault(auth, EMU_AUTH_MISSING, "Missing Authentication Token");
		else if (!readable || emu_call_header(call, "x-amz-date") == NULL)
			fault(auth, EMU_AUTH_INCOMPLETE, "Authorization header requires "
				  "'Credential', 'Signature', 'SignedHeaders' and existence "
				  "of an 'X-Amz-Date' header.");
		else
			check_claim(call, &claim, state, key.secret, service, now_us,
						auth);
	}
	OPENSSL_cleanse(&key, sizeof(key));
}
