/*
 * t_ini.c
 *		base and aws: ini files, the profiles made of them, command lines,
 *		variables and files.
 */
#include "base/ini.h"
#include "base/words.h"
#include "t_creds.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aws/creds_files.h"

static RsdError error;

/* The items of a text: "[a] k=v k.s=v +more !line", one blank between. */
static void
show_ini(RsdSlice text, RsdBuf *out)
{
	RsdIniReader reader;
	RsdIniItem	item;
	char		last[100] = "";

	rsd_buf_reset(out);
	rsd_ini_open(&reader, text);
	for (;;)
	{
		RsdIniKind	kind = rsd_ini_next(&reader, &item);
		int			n = (int) item.name.len;
		int			v = (int) item.value.len;

		if (kind == RSD_INI_END)
			return;
		if (out->len > 0)
			rsd_buf_addc(out, ' ');
		if (kind == RSD_INI_ERROR)
		{
			(void) rsd_ini_problem(&reader, "f", &error);
			rsd_buf_adds(out, error.what);
			ok(rsd_ini_next(&reader, &item) == RSD_INI_ERROR, "sticky");
			return;
		}
		if (kind == RSD_INI_SECTION)
			rsd_buf_addf(out, "[%.*s]", n, item.name.data);
		else if (kind == RSD_INI_MORE)
			rsd_buf_addf(out, "+%.*s", v, item.value.data);
		else if (kind == RSD_INI_SUBKEY)
			rsd_buf_addf(out, "%s.%.*s=%.*s", last, n, item.name.data, v,
						 item.value.data);
		else
			rsd_buf_addf(out, "%.*s=%.*s", n, item.name.data, v,
						 item.value.data);
		if (kind == RSD_INI_KEY)
			(void) rsd_clip(last, sizeof(last), item.name.data,
							item.name.len);
	}
}

static void
test_ini(void)
{
	static const char *const cases[][2] =
	{
		{"", ""},
		{"\n\r\n  \n", ""},
		{"[a]\nk = v\n", "[a] k=v"},
		{"\xEF\xBB\xBF[a]\r\nk:v\r\n", "[a] k=v"},
		{"[a b] junk\nK=v = w : x\n", "[a b] K=v = w : x"},
		{"# c\n[a]\n; c\nk = v # no comment\n", "[a] k=v # no comment"},
		{"[a]\nk =\n  s = v\n  # c\n\n  t : w\nl = x", "[a] k= k.s=v k.t=w l=x"},
		{"[a]\nk = v\n  more\nl = x\n", "[a] k=v +more l=x"},
		{"[a]\n  k = v\n  l = w\n    m = x\n", "[a] k=v l=w l.m=x"},
		{"[a]\nk=\n[b]\n l=v", "[a] k= [b] l=v"},
		{"k = v\n", "file \"f\", line 1: text before the first [section]"},
		{"[a]\n\njunk\n", "[a] file \"f\", line 3: neither [section] nor key ="
		" value"},
		{"[a\n", "file \"f\", line 1: a section without \"]\""},
		{"[ ]\n", "file \"f\", line 1: a section without a name"},
		{"[a]\n= v\n", "[a] file \"f\", line 2: a value without a key"},
	};
	RsdBuf		out;
	size_t		i;

	rsd_buf_init(&out, 10000);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		show_ini(rsd_slice_str(cases[i][0]), &out);
		is_str(rsd_buf_str(&out), cases[i][1], "ini %d", (int) i);
	}
	show_ini(rsd_slice("[a]\nk\0=v", 8), &out);
	is_str(rsd_buf_str(&out), "[a] file \"f\", line 2: a NUL byte", "NUL");
	rsd_buf_free(&out);
}

static void
test_words(void)
{
	static const char *const cases[][2] =
	{
		{"", ""},
		{"  a\tb  c\n", "a|b|c|"},
		{"'a b' \"c d\"", "a b|c d|"},
		{"a'b'\"c\"d ''", "abcd||"},
		{"\"a\\\"b\\\\c\\d\" 'e\\f' g\\ h", "a\"b\\c\\d|e\\f|g h|"},
		{"a b c d e f", "a|b|c|d|e|f|"},
		{"$HOME `x` *", "$HOME|`x`|*|"},
	};
	static const char *const bad[][2] =
	{
		{"'a", "a quote is not closed"},
		{"\"a\\\"", "a quote is not closed"},
		{"a\\", "a backslash stands at the end"},
	};
	RsdWords	words;
	RsdBuf		out;
	size_t		i;
	int			w;

	rsd_buf_init(&out, 1000);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		rsd_buf_reset(&out);
		ok(rsd_words_split(rsd_slice_str(cases[i][0]), &words, &error),
		   "split %d", (int) i);
		for (w = 0; w < words.n; w++)
			rsd_buf_addf(&out, "%s|", words.argv[w]);
		is_str(rsd_buf_str(&out), cases[i][1], "words %d", (int) i);
		ok(words.argv[words.n] == NULL, "NULL at the end");
		rsd_words_free(&words);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		ok(!rsd_words_split(rsd_slice_str(bad[i][0]), &words, &error) &&
		   words.argv == NULL, "refused");
		is_str(error.what, bad[i][1], "why");
	}
	ok(!rsd_words_split(rsd_slice("a\0b", 3), &words, &error), "NUL");
	rsd_buf_free(&out);
}

static void
is_value(const char *got, const char *want, const char *what)
{
	is_str(got == NULL ? "(none)" : got, want, "%s", what);
}

static void
test_profiles(void)
{
	const File	files[] = {
		{CONFIG, "[default]\nRegion = eu-west-1\nkey = config\nempty =\n"
			"[profile \"a b\"]\nregion = r2\nservices = local\n"
			"[profile a b]\nregion = none\n[profile 'x]\nregion = none\n"
			"[sso-session corp]\nsso_region = r3\n"
			"[services local]\nredshift_data =\n  endpoint_url = http://x:1\n"
			"  other = y\nsns =\n  endpoint_url = http://z\n"
		"[default]\nlate = yes\n"},
	{CREDENTIALS, "[default]\nkey = credentials\n[a b]\nx = y\n"}, {0}};
	World		world = {NULL, files, 0};
	RsdEnv		env = world_env(&world);
	RsdProfiles *p = rsd_profiles_load(&env, false, &error);

	ok(p != NULL, "loaded");
	is_value(rsd_profiles_get(p, RSD_FILE_ANY, "default", "region"),
			 "eu-west-1", "keys in lower case");
	is_value(rsd_profiles_get(p, RSD_FILE_ANY, "default", "key"),
			 "credentials", "the credentials file wins");
	is_value(rsd_profiles_get(p, RSD_FILE_CONFIG, "default", "key"),
			 "config", "each file by itself");
	is_value(rsd_profiles_get(p, RSD_FILE_ANY, "default", "empty"), "(none)",
			 "empty is absent");
	is_value(rsd_profiles_get(p, RSD_FILE_ANY, "default", "late"), "yes",
			 "a section may come twice");
	is_value(rsd_profiles_get(p, RSD_FILE_ANY, "a b", "region"), "r2",
			 "quoted name");
	is_value(rsd_profiles_get(p, RSD_FILE_ANY, "a b", "x"), "y",
			 "plain name");
	ok(!rsd_profiles_has(p, RSD_FILE_ANY, "a") &&
	   rsd_profiles_has(p, RSD_FILE_CREDENTIALS, "a b") &&
	   !rsd_profiles_has(p, RSD_FILE_ANY, "corp"), "has");
	is_value(rsd_profiles_session(p, "corp", "sso_region"), "r3", "session");
	ok(rsd_profiles_has_session(p, "corp") &&
	   !rsd_profiles_has_session(p, "default"), "has session");
	is_value(rsd_profiles_service(p, "local", "redshift_data",
								  "endpoint_url"), "http://x:1", "service");
	is_value(rsd_profiles_service(p, "local", "sns", "endpoint_url"),
			 "http://z", "another service");
	is_value(rsd_profiles_service(p, "local", "sts", "endpoint_url"),
			 "(none)", "no such service");
	rsd_profiles_free(p);
	rsd_profiles_free(NULL);
}

static void
test_bad_files(void)
{
	File		files[] = {{CONFIG, "[default]\nk =\n  " MARK "\n"}, {0}};
	World		world = {NULL, files, 0};
	RsdEnv		env = world_env(&world);
	char	   *large = malloc((1 << 20) + 2);

	ok(rsd_profiles_load(&env, false, &error) == NULL, "refused");
	is_str(error.what, "file \"/h/.aws/config\", line 3: neither key = value "
		   "nor the rest of a value", "file and line, not the text");
	memset(large, '#', (1 << 20) + 1);
	large[(1 << 20) + 1] = '\0';
	files[0].text = large;
	ok(rsd_profiles_load(&env, false, &error) == NULL &&
	   error.kind == RSD_ERR_LIMIT, "too large");
	is_str(error.what, "file \"/h/.aws/config\" has more than 1048576 bytes",
		   "says so");
	free(large);
	files[0].path = NULL;
	rsd_profiles_free(rsd_profiles_load(&env, false, &error));
	ok(true, "no files at all");
}

static void
test_expand(void)
{
	static const char *const vars[] = {"A=x", "B_1=y", NULL};
	static const char *const cases[][2] =
	{
		{"/a/b", "/a/b"}, {"~", "/h"}, {"~/a", "/h/a"}, {"~user/a", "~user/a"},
		{"/a~", "/a~"}, {"$A/${B_1}z", "x/yz"}, {"$NO/${NO}", "$NO/${NO}"},
		{"$", "$"}, {"${A", "${A"}, {"$A$B_1", "xy"},
	};
	World		world = {vars, NULL, 0};
	RsdEnv		env = world_env(&world);
	RsdBuf		out;
	size_t		i;

	rsd_buf_init(&out, 1000);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		rsd_buf_reset(&out);
		rsd_env_expand(&env, cases[i][0], &out);
		is_str(rsd_buf_str(&out), cases[i][1], "expand %s", cases[i][0]);
	}
	rsd_buf_free(&out);
	env.get = NULL;
	env.read_file = NULL;
	ok(rsd_env_get(&env, "A") == NULL, "a world without variables");
}

/* The real world: variables, files, what is no file. */
static void
test_system(void)
{
	const RsdEnv *env = rsd_env_system();
	char		path[] = "/tmp/rsdata-unit-XXXXXX";
	int			fd = mkstemp(path);
	RsdBuf		out;
	bool		missing;

	rsd_buf_init(&out, 8);
	ok(setenv("RSDATA_UNIT", "TRUE", 1) == 0 &&
	   rsd_env_true(env, "RSDATA_UNIT"), "variable");
	ok(setenv("RSDATA_UNIT", "", 1) == 0 &&
	   rsd_env_get(env, "RSDATA_UNIT") == NULL, "empty is not set");
	ok(unsetenv("HOME") == 0 && rsd_env_get(env, "HOME") != NULL,
	   "a home without HOME");
	ok(fd >= 0 && write(fd, "12345678", 8) == 8, "a file");
	ok(rsd_env_read(env, path, &out, &missing, &error), "read");
	is_str(rsd_buf_str(&out), "12345678", "whole");
	rsd_buf_reset(&out);
	ok(write(fd, "9", 1) == 1 &&
	   !rsd_env_read(env, path, &out, &missing, &error) &&
	   error.kind == RSD_ERR_LIMIT && !missing, "too large");
	close(fd);
	unlink(path);
	rsd_buf_reset(&out);
	ok(!rsd_env_read(env, path, &out, &missing, &error) && missing,
	   "missing");
	ok(mkfifo(path, 0600) == 0 &&
	   !rsd_env_read(env, path, &out, &missing, &error) && !missing &&
	   strstr(error.what, "not a regular file") != NULL,
	   "a pipe is not waited for");
	unlink(path);
	ok(!rsd_env_read(env, "/", &out, NULL, &error), "a directory");
	rsd_buf_free(&out);
}

int
main(void)
{
	test_ini();
	test_words();
	test_profiles();
	test_bad_files();
	test_expand();
	test_system();
	return tap_done();
}
