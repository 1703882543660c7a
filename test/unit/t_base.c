/*
 * t_base.c
 *		base: errors, slices, buffers, UTF-8, hashes, base64, URIs, XML.
 */
#include "base/base64.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/uri.h"
#include "base/utf8.h"
#include "base/xml.h"
#include "tap.h"

static void
test_error(void)
{
	RsdError	err;
	char		small[6];
	char		longer[700];

	memset(longer, 'x', sizeof(longer));
	longer[699] = '\0';
	rsd_error_clear(&err);
	ok(err.kind == RSD_ERR_NONE, "a cleared error says none");
	ok(!rsd_error_set(&err, RSD_ERR_LIMIT, "over %d", 7), "set gives false");
	is_str(err.what, "over 7", "the message is formatted");
	rsd_error_doing(&err, "reading");
	rsd_error_doing(&err, "page %d", 2);
	is_str(err.doing, "page 2: reading", "outer before inner");
	rsd_error_set(&err, RSD_ERR_LIMIT, "%s", longer);
	is_int(strlen(err.what), 511, "a long message is clipped");
	ok(!rsd_error_set(NULL, RSD_ERR_LIMIT, "x"), "a NULL error is fine");
	ok(!rsd_clip(small, sizeof(small), "abcd\xc3\xa9", 6), "clip tells");
	is_str(small, "abcd", "no character is cut in two");
	ok(rsd_clip(small, sizeof(small), "ab\0cd", 5), "clip stops at NUL");
	is_str(small, "ab", "the text before the NUL");
	is_str(rsd_error_kind_name(RSD_ERR_ENCODING), "encoding", "kind name");
}

static void
test_buf(void)
{
	RsdBuf		buf;
	RsdError	err;

	rsd_buf_init(&buf, 10);
	is_str(rsd_buf_str(&buf), "", "an empty buffer is an empty string");
	rsd_buf_adds(&buf, "hello");
	rsd_buf_addf(&buf, "%05d", 42);
	is_str(rsd_buf_str(&buf), "hello00042", "it may grow to its maximum");
	ok(rsd_buf_check(&buf, "x", &err), "and has not failed");
	rsd_buf_addc(&buf, '!');
	is_str(rsd_buf_str(&buf), "hello00042", "one more is refused");
	ok(!rsd_buf_check(&buf, "reply", &err) && err.kind == RSD_ERR_LIMIT,
	   "and remembered");
	is_str(err.what, "reply exceeds 10 bytes", "in words");
	rsd_buf_reset(&buf);
	rsd_buf_adds(&buf, "again");
	is_str(rsd_buf_str(&buf), "again", "reset forgives");
	rsd_buf_wipe(&buf);
	is_int(buf.len, 0, "wipe empties");
	is_int(buf.data[0] + buf.data[1] + buf.data[4], 0, "and zeroes");
	rsd_buf_free(&buf);
	ok(buf.data == NULL && buf.max == 10, "free keeps the maximum");
}

/* Large buffers have memory of another kind. */
static void
test_large_buf(void)
{
	const size_t half = 128 * 1024;
	const size_t most = 40 * half;
	RsdBuf		buf;
	size_t		i;
	bool		same = true;

	rsd_buf_init(&buf, most);
	for (i = 0; i < most; i++)
		rsd_buf_addc(&buf, (char) ('a' + i / half % 26));
	ok(!rsd_buf_failed(&buf) && buf.len == most, "it grows to megabytes");
	ok(buf.data[most] == '\0', "with a NUL behind");
	for (i = 0; i < most; i++)
		same &= buf.data[i] == (char) ('a' + i / half % 26);
	ok(same, "and keeps every byte");
	rsd_buf_addc(&buf, '!');
	ok(rsd_buf_failed(&buf), "one more is refused");
	rsd_buf_give_back(&buf, half + 1);
	ok(buf.data[half + 1] == 'b' && buf.data[most - 1] == 'a' + 39 % 26,
	   "what is not given back stays");
	rsd_buf_wipe(&buf);
	is_int(buf.data[most - 1], 0, "it is wiped");
	rsd_buf_free(&buf);
	ok(buf.data == NULL && buf.cap == 0, "and freed");
	rsd_buf_adds(&buf, "small");
	rsd_buf_give_back(&buf, 5);
	is_str(rsd_buf_str(&buf), "small", "a small one gives nothing back");
	rsd_buf_free(&buf);
}

static void
test_slice(void)
{
	RsdSlice	s = rsd_slice_trim(rsd_slice_str("  \tab c\r\n"));

	ok(rsd_slice_is(s, "ab c"), "trim takes blanks off both ends");
	ok(rsd_slice_trim(rsd_slice_str(" \n ")).len == 0, "all blank");
	ok(rsd_slice_starts(s, "ab") && !rsd_slice_starts(s, "ab cd"), "starts");
	ok(rsd_slice_eq(rsd_slice(NULL, 0), rsd_slice_str("")), "empty is empty");
}

static void
test_utf8(void)
{
	static const struct
	{
		const char *text;
		size_t		prefix;
		const char *what;
	}			cases[] =
	{
		{"plain ascii text of some length", 31, "ASCII"},
		{"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", 14, "2, 3, 4 bytes"},
		{"a\xc0\x80", 1, "overlong NUL"},
		{"12345678\xe0\x80\x80", 8, "overlong 3"},
		{"\xed\xa0\x80", 0, "surrogate"},
		{"\xf4\x90\x80\x80", 0, "beyond U+10FFFF"},
		{"ab\xe2\x82", 2, "truncated"},
		{"\x80", 0, "lone continuation"},
		{"\xff", 0, "no such byte"},
		{"\xf4\x8f\xbf\xbf", 4, "U+10FFFF"},
	};
	size_t		i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_int(rsd_utf8_valid_prefix(rsd_slice_str(cases[i].text)),
			   cases[i].prefix, "UTF-8: %s", cases[i].what);
	ok(rsd_utf8_valid(rsd_slice(NULL, 0)), "nothing is valid UTF-8");
}

static void
test_hash(void)
{
	uint8_t		mac[RSD_SHA256_LEN];
	char		hex[RSD_SHA256_HEX];

	ok(rsd_sha256(rsd_slice(NULL, 0), mac), "sha256 of nothing");
	rsd_hex(mac, sizeof(mac), hex);
	is_str(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b"
		   "7852b855", "sha256 of nothing, value");
	/* RFC 4231 test case 2 */
	ok(rsd_hmac_sha256(rsd_slice_str("Jefe"),
					   rsd_slice_str("what do ya want for nothing?"), mac),
	   "hmac");
	rsd_hex(mac, sizeof(mac), hex);
	is_str(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b9"
		   "64ec3843", "hmac, RFC 4231 case 2");
}

static void
test_base64(void)
{
	static const char *plain[] = {"", "f", "fo", "foo", "foob", "fooba"};
	static const char *coded[] =
	{"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE="};
	static const char *broken[] =
	{"Zg=", "Zg", "Z===", "Zh==", "Zm9=", "Z\n==", "====", "Zg==Zg==", "Zm-v"};
	RsdBuf		buf;
	RsdError	err;
	size_t		i;

	rsd_buf_init(&buf, 100);
	for (i = 0; i < 6; i++)
	{
		rsd_buf_reset(&buf);
		rsd_base64_encode(rsd_slice_str(plain[i]), &buf);
		is_str(rsd_buf_str(&buf), coded[i], "base64 of \"%s\"", plain[i]);
		rsd_buf_reset(&buf);
		ok(rsd_base64_decode(rsd_slice_str(coded[i]), &buf, &err) &&
		   rsd_slice_is(rsd_buf_slice(&buf), plain[i]), "and back");
	}
	for (i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		ok(!rsd_base64_decode(rsd_slice_str(broken[i]), &buf, &err) &&
		   err.kind == RSD_ERR_MALFORMED, "broken base64 %zu", i);
	rsd_buf_free(&buf);
}

static void
test_url_good(void)
{
	RsdUrl		url;
	RsdError	err;
	RsdBuf		buf;

	rsd_buf_init(&buf, 300);
	ok(rsd_url_split(rsd_slice_str("https://Data.Example.com"), &url, &err),
	   "a plain URL");
	ok(url.https && url.port == 443, "has the default port");
	is_str(url.host, "data.example.com", "host in lower case");
	is_str(url.path, "/", "empty path is /");
	rsd_url_authority(&url, &buf);
	is_str(rsd_buf_str(&buf), "data.example.com", "default port not named");
	ok(rsd_url_split(rsd_slice_str("HTTP://127.0.0.1:5000/a/b"), &url, &err),
	   "port and path");
	rsd_buf_reset(&buf);
	rsd_url_authority(&url, &buf);
	is_str(rsd_buf_str(&buf), "127.0.0.1:5000", "authority with port");
	is_str(url.path, "/a/b", "path kept");
	ok(rsd_url_split(rsd_slice_str("http://[fd00:ec2::254]/x"), &url, &err),
	   "IPv6 literal");
	is_str(url.host, "[fd00:ec2::254]", "in its brackets");
	ok(rsd_url_split(rsd_slice_str("http://[::1]:81"), &url, &err) &&
	   url.port == 81, "IPv6 literal with port");
	rsd_buf_free(&buf);
}

static void
test_url_bad(void)
{
	static const char *bad[] =
	{"", "https://", "ftp://x", "x", "https:///a", "https://u:p@x",
		"https://x:0", "https://x:65536", "https://x:", "https://x:8a",
		"https://x/?q", "https://x#f", "https://a b", "https://a..b",
		"https://.a", "https://[::1", "https://[1]", "https://[xx::]",
	"https://a\x7f", "https://\xc3\xa9", "https://-a", "https://a/\n"};
	RsdUrl		url;
	RsdError	err;
	size_t		i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(!rsd_url_split(rsd_slice_str(bad[i]), &url, &err) &&
		   err.kind == RSD_ERR_INVALID && err.what[0] != '\0',
		   "bad URL %zu: %s", i, err.what);
}

static void
test_encode(void)
{
	RsdBuf		buf;

	rsd_buf_init(&buf, 300);
	rsd_uri_encode(&buf, rsd_slice_str("a b/\xc3\xa9~*"), false);
	is_str(rsd_buf_str(&buf), "a%20b%2F%C3%A9~%2A", "percent-encoding");
	rsd_buf_reset(&buf);
	rsd_uri_encode(&buf, rsd_slice_str("a/b"), true);
	is_str(rsd_buf_str(&buf), "a/b", "slashes may stay");
	rsd_buf_reset(&buf);
	rsd_form_add(&buf, "A", rsd_slice_str("1&2"));
	rsd_form_add(&buf, "B.1", rsd_slice_str("x y"));
	is_str(rsd_buf_str(&buf), "A=1%262&B.1=x+y", "form body");
	rsd_buf_free(&buf);
}

static void
test_xml(void)
{
	static const char doc[] =
	"<?xml version='1.0'?><!-- <A>no</A> --><e:Root xmlns:e=\"u>v\">"
	"<e:A k='>'>x &amp; &#65;&#x1F600;<b>child</b>&bogus; y</e:A>"
	"<A>second</A><C><![CDATA[1 < 2 & 3]]></C><D/><E>open</e:Root>";
	RsdBuf		buf;

	rsd_buf_init(&buf, 300);
	ok(rsd_xml_find(rsd_slice_str(doc), "A", &buf), "the first <A>");
	is_str(rsd_buf_str(&buf), "x & A\xf0\x9f\x98\x80&bogus; y",
		   "decoded, without its child's text");
	rsd_buf_reset(&buf);
	ok(rsd_xml_find(rsd_slice_str(doc), "b", &buf), "a nested element");
	is_str(rsd_buf_str(&buf), "child", "its text");
	rsd_buf_reset(&buf);
	ok(rsd_xml_find(rsd_slice_str(doc), "C", &buf), "CDATA");
	is_str(rsd_buf_str(&buf), "1 < 2 & 3", "its text");
	rsd_buf_reset(&buf);
	ok(rsd_xml_find(rsd_slice_str(doc), "D", &buf) && buf.len == 0,
	   "an empty element");
	ok(!rsd_xml_find(rsd_slice_str(doc), "no", &buf), "none of that name");
	ok(!rsd_xml_find(rsd_slice_str("<A>x"), "A", &buf), "not closed");
	ok(!rsd_xml_find(rsd_slice_str("<A"), "A", &buf), "cut in the tag");
	ok(!rsd_xml_find(rsd_slice(NULL, 0), "A", &buf), "nothing at all");
	rsd_buf_free(&buf);
}

int
main(void)
{
	test_error();
	test_buf();
	test_large_buf();
	test_slice();
	test_utf8();
	test_hash();
	test_base64();
	test_url_good();
	test_url_bad();
	test_encode();
	test_xml();
	return tap_done();
}
