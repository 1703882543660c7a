/*
 * submit_targets.c
 *	  The targets argument of a batch, checked and made explicit.
 *
 * What is stored says everything that a load needs, so that neither the
 * search_path nor the options are looked at again.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"

#include "pg/submit_targets.h"

/* One member of the argument, read. */
typedef struct Wanted
{
	int			part;
	char	   *name;			/* NULL: not given yet */
	RsdSubmitOptions options;	/* the batch's, but for its own */
} Wanted;

/* The number of a part as the name of a member, or 0. */
static int
part_number(const char *name, int len)
{
	int			number = 0;

	if (len < 1 || len > 2 || name[0] == '0')
		return 0;
	for (int i = 0; i < len; i++)
	{
		if (name[i] < '0' || name[i] > '9')
			return 0;
		number = number * 10 + (name[i] - '0');
	}
	return number;
}

static void
take_name(Wanted *wanted, const JsonbValue *value)
{
	if (value->type != jbvString || value->val.string.len == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("target of part %d must be the name of a table",
						wanted->part),
				 errhint("Write it as \"schema.table\", or as {\"target\": \"schema.table\", \"target_mode\": \"replace\"}.")));
	wanted->name = pnstrdup(value->val.string.val, value->val.string.len);
}

/* {"target": name, and what holds for this one only}. */
static void
take_object(Wanted *wanted, const JsonbValue *value)
{
	JsonbIterator *it = JsonbIteratorInit(value->val.binary.data);
	JsonbValue	v;

	if (JsonbIteratorNext(&it, &v, true) != WJB_BEGIN_OBJECT)
		take_name(wanted, value);
	while (JsonbIteratorNext(&it, &v, true) == WJB_KEY)
	{
		char	   *name = pnstrdup(v.val.string.val, v.val.string.len);

		(void) JsonbIteratorNext(&it, &v, true);
		if (strcmp(name, "target") == 0)
			take_name(wanted, &v);
		else
			rsd_submit_target_option(&wanted->options, name, &v);
	}
	if (wanted->name == NULL)
		take_name(wanted, value);
}

/* All that goes into one table is one load of it. */
static void
check_modes(const RsdSubmitTargets *targets)
{
	const RsdTarget *last = &targets->target[targets->n - 1];

	for (int i = 0; i < targets->n - 1; i++)
	{
		if (strcmp(targets->target[i].name, last->name) == 0 &&
			targets->target[i].mode != last->mode)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("parts %d and %d have the same target with different modes",
							targets->part[i], targets->part[targets->n - 1]),
					 errdetail("Target %s would be loaded with \"%s\" and \"%s\".",
							   last->name,
							   rsd_target_mode_name(targets->target[i].mode),
							   rsd_target_mode_name(last->mode))));
	}
}

static void
add_target(RsdSubmitTargets *out, const Wanted *wanted)
{
	RsdTarget  *target = &out->target[out->n];

	rsd_target_resolve(wanted->name, wanted->options.target_mode, target);
	target->by_position = wanted->options.by_position;
	out->part[out->n++] = wanted->part;
	check_modes(out);
}

/* The name of a member as the number of a part, or an error. */
static int
want_part(const JsonbValue *key, int nparts)
{
	int			number = part_number(key->val.string.val, key->val.string.len);

	if (number < 1 || number > nparts)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("targets names part \"%s\", but the batch has parts 1 to %d",
						pnstrdup(key->val.string.val, key->val.string.len),
						nparts)));
	return number;
}

static Jsonb *
make_stored(const RsdSubmitTargets *targets)
{
	StringInfoData json;

	if (targets->n == 0)
		return NULL;
	initStringInfo(&json);
	for (int i = 0; i < targets->n; i++)
	{
		const RsdTarget *target = &targets->target[i];

		appendStringInfo(&json, "%s\"%d\": {\"target\": ", i > 0 ? ", " : "{",
						 targets->part[i]);
		escape_json(&json, target->name);
		if (OidIsValid(target->oid))
			appendStringInfo(&json, ", \"oid\": %u", target->oid);
		appendStringInfo(&json, ", \"target_mode\": \"%s\", \"target_columns\": \"%s\"}",
						 rsd_target_mode_name(target->mode),
						 target->by_position ? "position" : "name");
	}
	appendStringInfoChar(&json, '}');
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in,
											  CStringGetDatum(json.data)));
}

void
rsd_submit_targets(Jsonb *targets, int nparts,
				   const RsdSubmitOptions *options, RsdSubmitTargets *out)
{
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	v;

	memset(out, 0, sizeof(*out));
	if (targets == NULL)
		return;
	if (!JB_ROOT_IS_OBJECT(targets))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("targets must be a JSON object"),
				 errhint("Write it as {\"3\": \"schema.table\"}, the number being that of the part.")));
	it = JsonbIteratorInit(&targets->root);
	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		Wanted		wanted = {.options = *options};

		if (token != WJB_KEY)
			continue;
		wanted.part = want_part(&v, nparts);
		(void) JsonbIteratorNext(&it, &v, true);
		if (v.type == jbvBinary)
			take_object(&wanted, &v);
		else
			take_name(&wanted, &v);
		add_target(out, &wanted);
	}
	out->stored = make_stored(out);
}
