/*
 * creds_json.c
 *		One reader for the JSON documents that bring keys: they differ in
 *		names only.
 */
#include "aws/creds_step.h"

#include "base/json.h"
#include "base/timefmt.h"

/* Where the members go. */
typedef struct Target
{
	RsdBuf		key_id;
	RsdBuf		secret;
	RsdBuf		token;
	int64_t		expiration;
	bool		expires;
} Target;

static bool
read_members(RsdSlice doc, const RsdKeysShape *shape, Target *t,
			 RsdError *err)
{
	const RsdJsonField fields[] =
	{
		{shape->key_id, RSD_JSON_AS_BUF, &t->key_id, 0, true, NULL},
		{shape->secret, RSD_JSON_AS_BUF, &t->secret, 0, true, NULL},
		{shape->token, RSD_JSON_AS_BUF, &t->token, 0, shape->temporary, NULL},
		{shape->expiration, shape->milliseconds ? RSD_JSON_AS_INT
			: RSD_JSON_AS_TIME, &t->expiration, 0, shape->temporary,
		&t->expires},
	};
	RsdJsonReader reader;
	RsdJsonToken token;

	rsd_json_open(&reader, doc);
	if (!rsd_json_read_fields(&reader, fields,
							  (int) (sizeof(fields) / sizeof(fields[0])),
							  err))
		return false;
	return rsd_json_next(&reader, &token) == RSD_JSON_END ||
		rsd_json_problem(&reader, err);
}

/* An expiration that no clock will see is a mistake of units. */
static bool
settle_expiration(Target *t, bool milliseconds, RsdError *err)
{
	if (!t->expires)
		return true;
	if (milliseconds && t->expiration < INT64_MAX / 1000)
		t->expiration *= 1000;
	/* the year 9999 */
	if (t->expiration <= 0 || t->expiration > INT64_C(253402300800000000))
		return rsd_error_set(err, RSD_ERR_MALFORMED,
							 "the expiration of the keys is no sensible time");
	return true;
}

RsdStep
rsd_creds_read_json(RsdFetch *f, RsdSlice doc, const RsdKeysShape *shape)
{
	Target		t;
	bool		good;

	memset(&t, 0, sizeof(t));
	rsd_buf_init(&t.key_id, RSD_MAX_KEY);
	rsd_buf_init(&t.secret, RSD_MAX_KEY);
	rsd_buf_init(&t.token, RSD_MAX_KEY);
	good = read_members(doc, shape, &t, &f->err) &&
		settle_expiration(&t, shape->milliseconds, &f->err) &&
		rsd_credvalue_set(&f->cred, rsd_buf_str(&t.key_id),
						  rsd_buf_str(&t.secret), rsd_buf_str(&t.token),
						  t.expires ? t.expiration : 0, &f->err);
	rsd_buf_wipe(&t.key_id);
	rsd_buf_wipe(&t.secret);
	rsd_buf_wipe(&t.token);
	rsd_buf_free(&t.key_id);
	rsd_buf_free(&t.secret);
	rsd_buf_free(&t.token);
	if (good)
		return RSD_STEP_DONE;
	rsd_error_doing(&f->err, "reading keys");
	return RSD_STEP_FAIL;
}
