/*
 * creds_process.c
 *		credential_process: a command of the profile that prints keys ("Sourcing
 *		credentials with an external process" in the AWS CLI User Guide).
 */
#include "aws/creds_sources.h"
#include "aws/creds_step.h"

#include <ctype.h>

#include "base/json.h"
#include "base/utf8.h"

#define TIME_LIMIT_MS 60000

static RsdStep
start(RsdFetch *f, const RsdLink *link, int64_t now_us)
{
	(void) now_us;
	rsd_words_free(&f->words);
	if (!rsd_words_split(rsd_slice_str(link->text[RSD_LINK_COMMAND]),
						 &f->words, &f->err))
	{
		rsd_error_doing(&f->err, "splitting credential_process");
		return RSD_STEP_FAIL;
	}
	if (f->words.n == 0 || f->words.argv[0][0] == '\0')
		return rsd_creds_fail(f, RSD_ERR_INVALID,
							  "credential_process names no program");
	f->total_ms = TIME_LIMIT_MS;
	return RSD_STEP_RUN;
}

/* What went wrong: the first line of stderr, as far as it can be shown. */
static RsdStep
fail_exit(RsdFetch *f, int exit_code, RsdSlice errors)
{
	RsdSlice	said = rsd_slice_trim(errors);
	const char *end = said.len == 0 ? NULL : memchr(said.data, '\n', said.len);
	char		text[300];
	char	   *p;

	if (end != NULL)
		said.len = (size_t) (end - said.data);
	rsd_utf8_show(said, text, sizeof(text));
	for (p = text; *p != '\0'; p++)
		if (iscntrl((unsigned char) *p))
			*p = ' ';
	rsd_creds_hide(f, text);
	return rsd_creds_fail(f, RSD_ERR_SERVICE,
						  "credential_process ended with code %d%s%s",
						  exit_code, text[0] == '\0' ? "" : ": ", text);
}

static bool
check_version(RsdSlice out, RsdError *err)
{
	int64_t		version = 0;
	const RsdJsonField field =
	{"Version", RSD_JSON_AS_INT, &version, 0, true, NULL};
	RsdJsonReader reader;

	rsd_json_open(&reader, out);
	if (!rsd_json_read_fields(&reader, &field, 1, err))
		return false;
	return version == 1 ||
		rsd_error_set(err, RSD_ERR_MALFORMED, "its Version is not 1");
}

static RsdStep
output(RsdFetch *f, const RsdLink *link, int exit_code, RsdSlice out,
	   RsdSlice errors)
{
	static const RsdKeysShape shape =
	{"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", false,
	false};

	(void) link;
	if (exit_code != 0)
		return fail_exit(f, exit_code, errors);
	if (check_version(out, &f->err) &&
		rsd_creds_read_json(f, out, &shape) == RSD_STEP_DONE)
		return RSD_STEP_DONE;
	rsd_error_doing(&f->err, "what credential_process printed");
	return RSD_STEP_FAIL;
}

static const RsdProvider provider = {.start = start, .output = output};

RsdClaim
rsd_creds_claim_process(RsdFetch *f, const char *profile)
{
	const char *command = rsd_profiles_get(f->profiles, RSD_FILE_ANY, profile,
										   "credential_process");
	RsdLink    *link;

	if (command == NULL)
		return rsd_creds_no(f, "profile \"%s\" has no credential_process",
							profile);
	link = rsd_creds_link(f, &provider, "profile %s (credential_process)",
						  profile);
	if (link == NULL ||
		!rsd_creds_link_set(f, link, RSD_LINK_COMMAND, command))
		return RSD_CLAIM_ERROR;
	return RSD_CLAIM_YES;
}
