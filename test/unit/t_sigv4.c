/*
 * t_sigv4.c
 *		aws/sigv4 and aws/canonical: golden values, the cached key, and what
 *		requests may look like.  The official suite: test/sigv4.
 */
#include "aws/dataapi.h"
#include "aws/endpoint.h"
#include "aws/sigv4.h"
#include "tap.h"

#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
/* 2025-01-02 03:04:05 UTC */
#define NOW INT64_C(1735787045000000)

/*
 * Computed with botocore's signer for the same request, time and keys.
 */
typedef struct Golden
{
	const char *url;
	const char *token;
	const char *canonical_hash;
	const char *signature;
} Golden;

static const Golden golden[] =
{
	{NULL, NULL,
		"7b6172daecddde43b9bb5ffec37e73ebbfcc8a3678e6278d39bc2e7c59d9a5b2",
	"5c40758dd0ba89318ea9ba127e49d1ec30ffb07a46e574e44e2cdf3c879cb480"},
	{NULL, "TOKEN+/=",
		"c62dd32d37b017077cccfcd79e1016ebab4f904103771fe324bc1a817f79d14d",
	"5e0cc29934c3406df982ce2ef1411dccc2f679d0a2f2e25943836370a8317eaf"},
	{"http://127.0.0.1:5000", NULL,
		"bbb5e1ae6e5ee4f691a24aa10e1cc2ca0a637e9410c5850ee54685be6e9bb529",
	"c21b525869c5ab9b05983424885a4c19be780d64882661a398de6cb5000f4fe4"},
};

static void
sign_golden(const Golden *g, RsdSigningKey *cache)
{
	static const char body[] =
	"{\"Sql\":\"select 1\",\"Database\":\"dev\",\"WorkgroupName\":\"wg-1\"}";
	RsdCredentials cred = {0};
	RsdEndpoint endpoint;
	RsdRequest	req;
	RsdBuf		canonical;
	RsdBuf		names;
	RsdError	err;
	uint8_t		hash[RSD_SHA256_LEN];
	char		hex[RSD_SHA256_HEX];
	const char *value;

	rsd_buf_init(&canonical, 10000);
	rsd_buf_init(&names, 1000);
	ok(rsd_credvalue_set(&cred, "AKIDEXAMPLE", SECRET, g->token, 0, &err) &&
	   rsd_endpoint_resolve(RSD_SERVICE_DATA, "eu-west-1", g->url, false,
							false, &endpoint, &err) &&
	   rsd_dataapi_request(RSD_OP_EXECUTE, &endpoint, &req, &err), "set up");
	rsd_buf_adds(&req.body, body);
	ok(rsd_sigv4_sign(&req, &cred, "eu-west-1", RSD_SERVICE_DATA, NOW, cache,
					  &err), "signed");
	/* once more: an attempt later replaces what the first one set */
	ok(rsd_sigv4_sign(&req, &cred, endpoint.region, endpoint.service, NOW,
					  cache, &err), "signed again");
	ok(rsd_canonical_request(&req, 0, &canonical, &names, &err) &&
	   rsd_sha256(rsd_buf_slice(&canonical), hash), "canonical request");
	rsd_hex(hash, sizeof(hash), hex);
	is_str(hex, g->canonical_hash, "hash of the canonical request");
	value = rsd_headers_get(&req.headers, "Authorization");
	ok(value != NULL && strlen(value) > 64, "authorization");
	is_str(value + strlen(value) - 64, g->signature, "signature");
	ok(strstr(value, g->token == NULL
			  ? "SignedHeaders=content-type;host;x-amz-date;x-amz-target,"
			  : "SignedHeaders=content-type;host;x-amz-date;"
			  "x-amz-security-token;x-amz-target,") != NULL,
	   "signed headers");
	ok(strstr(value, "Credential=AKIDEXAMPLE/20250102/eu-west-1/redshift-data/"
			  "aws4_request,") != NULL, "scope");
	rsd_request_free(&req);
	rsd_credvalue_wipe(&cred);
	rsd_buf_free(&canonical);
	rsd_buf_free(&names);
}

static void
test_sign(void)
{
	RsdSigningKey cache = {0};
	uint8_t		key[RSD_SHA256_LEN];
	char		hex[RSD_SHA256_HEX];
	RsdError	err;
	size_t		i;

	for (i = 0; i < sizeof(golden) / sizeof(golden[0]); i++)
	{
		sign_golden(&golden[i], NULL);
		sign_golden(&golden[i], &cache);
	}
	ok(rsd_sigv4_key(SECRET, "20250102", "eu-west-1", "redshift-data", key,
					 &err), "key");
	rsd_hex(key, sizeof(key), hex);
	is_str(hex, "c28dad9c508ace3d54eb8293c854370f32f043fbb918f2499d0dabf2b08d"
		   "6230", "signing key");
}

/* A key kept for another secret, day or region must not be used. */
static void
test_cache(void)
{
	RsdSigningKey cache = {0};
	RsdCredentials cred = {0};
	RsdEndpoint endpoint;
	RsdRequest	req;
	RsdError	err;
	uint8_t		first[RSD_SHA256_LEN];

	ok(rsd_endpoint_resolve("sns", "eu-west-1", NULL, false, false, &endpoint,
							&err), "endpoint");
	rsd_request_init(&req, "POST", &endpoint.url);
	ok(rsd_credvalue_set(&cred, "A", "one", NULL, 0, &err) &&
	   rsd_sigv4_sign(&req, &cred, "eu-west-1", "sns", NOW, &cache, &err),
	   "one secret");
	memcpy(first, cache.key, sizeof(first));
	ok(rsd_credvalue_set(&cred, "A", "two", NULL, 0, &err) &&
	   rsd_sigv4_sign(&req, &cred, "eu-west-1", "sns", NOW, &cache, &err) &&
	   memcmp(first, cache.key, sizeof(first)) != 0, "another secret");
	memcpy(first, cache.key, sizeof(first));
	ok(rsd_sigv4_sign(&req, &cred, "eu-west-1", "sns",
					  NOW + INT64_C(86400000000), &cache, &err) &&
	   memcmp(first, cache.key, sizeof(first)) != 0, "another day");
	memcpy(first, cache.key, sizeof(first));
	ok(rsd_sigv4_sign(&req, &cred, "eu-west-2", "sns", NOW, &cache, &err) &&
	   memcmp(first, cache.key, sizeof(first)) != 0, "another region");
	rsd_request_free(&req);
	rsd_credvalue_wipe(&cred);
}

/* Path and query, as the public AWS signing test suite has them. */
static void
test_canonical(void)
{
	static const struct
	{
		const char *path;
		const char *query;
		const char *want;
	}			cases[] =
	{
		{"/", "", "GET\n/\n\n"},
		{"/example/..", "", "GET\n/\n\n"},
		{"/example1/example2/../..", "", "GET\n/\n\n"},
		{"/./", "", "GET\n/\n\n"}, {"/./example", "", "GET\n/example\n\n"},
		{"//example//", "", "GET\n/example/\n\n"}, {"//", "", "GET\n/\n\n"},
		{"/a%20b", "", "GET\n/a%2520b\n\n"},
		{"/\xe1\x88\xb4", "", "GET\n/%E1%88%B4\n\n"},
		{"/", "Param2=value2&Param1=value1",
		"GET\n/\nParam1=value1&Param2=value2\n"},
		{"/", "Param1=value2&Param1=Value1",
		"GET\n/\nParam1=Value1&Param1=value2\n"},
		{"/", "a-b=1&a=2", "GET\n/\na=2&a-b=1\n"},
		{"/", "a=10&a=1&a=", "GET\n/\na=&a=1&a=10\n"},
		{"/", "b&a=&a=1&a=10", "GET\n/\na=&a=1&a=10&b=\n"},
		{"/", "flag&a=", "GET\n/\na=&flag=\n"},
	};
	RsdUrl		url;
	RsdError	err;
	size_t		i;

	ok(rsd_url_split(rsd_slice_str("https://example.amazonaws.com"), &url,
					 &err), "a URL");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		RsdRequest	req;
		RsdBuf		canonical;
		RsdBuf		names;
		char		got[200];

		strcpy(url.path, cases[i].path);
		rsd_buf_init(&canonical, 10000);
		rsd_buf_init(&names, 1000);
		rsd_request_init(&req, "GET", &url);
		rsd_buf_adds(&req.query, cases[i].query);
		ok(rsd_request_header(&req, "X-Amz-Meta",
							  rsd_slice_str("  a   b  c "), &err) &&
		   rsd_canonical_request(&req, 0, &canonical, &names, &err), "canonical");
		(void) rsd_clip(got, sizeof(got), canonical.data,
						strlen(cases[i].want));
		is_str(got, cases[i].want, "%s?%s", cases[i].path, cases[i].query);
		ok(strstr(canonical.data, "\nx-amz-meta:a b c\n\nhost;x-amz-meta\n")
		   != NULL, "header values are trimmed");
		rsd_request_free(&req);
		rsd_buf_free(&canonical);
		rsd_buf_free(&names);
	}
}

/* A request with everything that makes canonicalising hard. */
static void
test_headers(void)
{
	RsdRequest	req;
	RsdUrl		url;
	RsdBuf		canonical;
	RsdBuf		names;
	RsdError	err;
	int			i;

	rsd_buf_init(&canonical, 100000);
	rsd_buf_init(&names, 10000);
	ok(rsd_url_split(rsd_slice_str("http://[::1]:80/"), &url, &err), "a URL");
	rsd_request_init(&req, "PUT", &url);
	rsd_headers_add(&req.headers, rsd_slice_str("My-B"),
					rsd_slice_str(" one\r\n\ttwo  \"a   b\" "));
	rsd_headers_add(&req.headers, rsd_slice_str("User-Agent"),
					rsd_slice_str("x"));
	rsd_headers_add(&req.headers, rsd_slice_str("MY-A"), rsd_slice_str("2"));
	rsd_headers_add(&req.headers, rsd_slice_str("Authorization"),
					rsd_slice_str("old"));
	rsd_headers_add(&req.headers, rsd_slice_str("my-a"), rsd_slice_str(" 1"));
	rsd_headers_add(&req.headers, rsd_slice_str("X-Amz-Content-Sha256"),
					rsd_slice_str("UNSIGNED-PAYLOAD"));
	rsd_buf_adds(&req.query, "b=%2f%zz+&&a=x=y&b");
	ok(rsd_canonical_request(&req, 0, &canonical, &names, &err), "canonical");
	is_str(rsd_buf_str(&canonical),
		   "PUT\n/\na=x%3Dy&b=&b=%2F%25zz%2B\n"
		   "host:[::1]\nmy-a:2,1\nmy-b:one two \"a b\"\n"
		   "x-amz-content-sha256:UNSIGNED-PAYLOAD\n\n"
		   "host;my-a;my-b;x-amz-content-sha256\nUNSIGNED-PAYLOAD",
		   "joined, folded, sorted, encoded anew");
	rsd_buf_reset(&names);
	ok(rsd_canonical_names(&req, 0, &names, &err), "names");
	is_str(rsd_buf_str(&names), "host;my-a;my-b;x-amz-content-sha256",
		   "the same names");
	for (i = 0; i < 100; i++)
		rsd_headers_add(&req.headers, rsd_slice_str("x"), rsd_slice_str("y"));
	ok(!rsd_canonical_request(&req, 0, &canonical, &names, &err) &&
	   err.kind == RSD_ERR_LIMIT, "too many headers");
	rsd_request_free(&req);
	rsd_request_init(&req, "GET", &url);
	for (i = 0; i < 200; i++)
		rsd_buf_adds(&req.query, "&x");
	ok(!rsd_canonical_request(&req, 0, &canonical, &names, &err) &&
	   err.kind == RSD_ERR_LIMIT, "too many parameters");
	rsd_request_free(&req);
	rsd_buf_free(&canonical);
	rsd_buf_free(&names);
}

/* 2013-05-24 00:00:00 UTC */
#define S3_NOW INT64_C(1369353600000000)
#define S3_FLAGS (RSD_SIGV4_KEEP_PATH | RSD_SIGV4_PATH_ENCODED | \
				  RSD_SIGV4_CONTENT_HASH)

/* Examples of the S3 API Reference ("Authenticating Requests"). */
static const struct
{
	const char *method;
	const char *path;
	const char *query;
	const char *name1;
	const char *value1;
	const char *name2;
	const char *value2;
	const char *body;
	const char *signature;
}			s3_examples[] =
{
	{"GET", "/test.txt", "", "Range", "bytes=0-9", NULL, NULL, "",
	"f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
	{"PUT", "/test%24file.text", "", "Date", "Fri, 24 May 2013 00:00:00 GMT",
		"x-amz-storage-class", "REDUCED_REDUNDANCY", "Welcome to Amazon S3.",
	"98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
	{"GET", "/", "lifecycle", NULL, NULL, NULL, NULL, "",
	"fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
	{"GET", "/", "max-keys=2&prefix=J", NULL, NULL, NULL, NULL, "",
	"34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
};

/* Another service: path as it stands, the body's hash sent along. */
static void
test_s3(void)
{
	RsdCredentials cred = {0};
	RsdSigning	how = {"us-east-1", "s3", S3_NOW, S3_FLAGS, 0};
	RsdUrl		url;
	RsdError	err;
	size_t		i;

	ok(rsd_credvalue_set(&cred, "AKIA" "IOSFODNN7EXAMPLE",
						 "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", NULL, 0,
						 &err) &&
	   rsd_url_split(rsd_slice_str("https://examplebucket.s3.amazonaws.com"),
					 &url, &err), "set up");
	for (i = 0; i < sizeof(s3_examples) / sizeof(s3_examples[0]); i++)
	{
		RsdRequest	req;
		const char *value;

		strcpy(url.path, s3_examples[i].path);
		rsd_request_init(&req, s3_examples[i].method, &url);
		rsd_buf_adds(&req.query, s3_examples[i].query);
		rsd_buf_adds(&req.body, s3_examples[i].body);
		if (s3_examples[i].name1 != NULL)
			rsd_headers_add(&req.headers, rsd_slice_str(s3_examples[i].name1),
							rsd_slice_str(s3_examples[i].value1));
		if (s3_examples[i].name2 != NULL)
			rsd_headers_add(&req.headers, rsd_slice_str(s3_examples[i].name2),
							rsd_slice_str(s3_examples[i].value2));
		ok(rsd_sigv4_sign_as(&req, &cred, &how, NULL, &err), "signed");
		value = rsd_headers_get(&req.headers, "Authorization");
		is_str(value + strlen(value) - 64, s3_examples[i].signature,
			   "example %d", (int) i + 1);
		rsd_request_free(&req);
	}
	rsd_credvalue_wipe(&cred);
}

/* The presigned form; the suite of test/sigv4 has its golden values. */
static void
test_presign(void)
{
	RsdCredentials cred = {0};
	RsdSigning	how = {"eu-west-1", "sts", NOW, 0, 60};
	RsdSigningKey cache = {0};
	RsdRequest	req;
	RsdUrl		url;
	RsdError	err;
	char		first[70];
	const char *q;

	ok(rsd_credvalue_set(&cred, "AKIDEXAMPLE", SECRET, "T/=", 0, &err) &&
	   rsd_url_split(rsd_slice_str("https://sts.eu-west-1.amazonaws.com"),
					 &url, &err), "set up");
	rsd_request_init(&req, "GET", &url);
	rsd_buf_adds(&req.query, "Action=GetCallerIdentity");
	ok(rsd_sigv4_presign(&req, &cred, &how, &cache, &err), "presigned");
	q = rsd_buf_str(&req.query);
	ok(strstr(q, "Action=GetCallerIdentity&X-Amz-Algorithm=AWS4-HMAC-SHA256"
			   "&X-Amz-Credential=AKIDEXAMPLE%2F20250102%2Feu-west-1%2Fsts"
			   "%2Faws4_request&X-Amz-Date=20250102T030405Z"
			   "&X-Amz-SignedHeaders=host&X-Amz-Expires=60"
			   "&X-Amz-Security-Token=T%2F%3D&X-Amz-Signature=") == q,
	   "parameters in order: %s", q);
	(void) rsd_clip(first, sizeof(first), q + strlen(q) - 64, 64);
	rsd_buf_reset(&req.query);
	rsd_buf_adds(&req.query, "Action=GetCallerIdentity");
	how.flags = RSD_SIGV4_TOKEN_AFTER;
	ok(rsd_sigv4_presign(&req, &cred, &how, &cache, &err), "token after");
	q = rsd_buf_str(&req.query);
	ok(strstr(q, "Expires=60&X-Amz-Security-Token=T%2F%3D&X-Amz-Signature=")
	   != NULL && strcmp(q + strlen(q) - 64, first) != 0,
	   "sent, but not signed");
	ok(rsd_headers_get(&req.headers, "X-Amz-Date") == NULL,
	   "headers are left alone");
	rsd_buf_free(&req.query);
	rsd_buf_init(&req.query, 100);
	ok(!rsd_sigv4_presign(&req, &cred, &how, &cache, &err) &&
	   err.kind == RSD_ERR_LIMIT, "no room");
	rsd_request_free(&req);
	rsd_credvalue_wipe(&cred);
}

static void
test_decode(void)
{
	RsdBuf		out;

	rsd_buf_init(&out, 100);
	rsd_uri_decode(&out, rsd_slice_str("a%2Fb%2f+%%4%zz%41%e1%88%B4%2"));
	is_str(rsd_buf_str(&out), "a/b/+%%4%zzA\xe1\x88\xb4%2", "decoded");
	rsd_buf_free(&out);
}

int
main(void)
{
	test_sign();
	test_cache();
	test_canonical();
	test_headers();
	test_s3();
	test_presign();
	test_decode();
	return tap_done();
}
