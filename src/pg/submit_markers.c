/*
 * submit_markers.c
 *	  Do the parameters of a submit and the markers in its SQL fit together?
 *
 * The Data API refuses both a parameter without a marker and a marker without
 * a parameter, but only once it is asked, which may be much later.
 */
#include "postgres.h"

#include "aws/markers.h"
#include "pg/compat.h"
#include "pg/submit_markers.h"

/* What is wrong with one parameter, for the message. */
typedef struct Search
{
	text	   *const *sqls;
	int			n;
} Search;

static RsdSlice
slice_of(const text *sql)
{
	return rsd_slice(VARDATA_ANY(sql), VARSIZE_ANY_EXHDR(sql));
}

/* Could one of the texts use this parameter? */
static bool
is_used(const Search *s, RsdSlice name)
{
	for (int i = 0; i < s->n; i++)
	{
		RsdMarkers	walk;
		RsdSlice	marker;

		rsd_markers_open(&walk, slice_of(s->sqls[i]));
		while (rsd_markers_next(&walk, &marker) != RSD_MARKER_END)
			if (rsd_marker_same(marker, name))
				return true;
	}
	return false;
}

/* Goes to the next member; false at the end. */
static bool
next_param(JsonbIterator **it, RsdSlice *name, JsonbValue *key,
		   JsonbValue *value)
{
	JsonbValue	v;
	JsonbIteratorToken token;

	while ((token = JsonbIteratorNext(it, &v, true)) != WJB_DONE)
	{
		if (token != WJB_KEY)
			continue;
		*key = v;
		*name = rsd_slice(v.val.string.val, v.val.string.len);
		(void) JsonbIteratorNext(it, value, true);
		return true;
	}
	return false;
}

static bool
has_value(Jsonb *params, RsdSlice marker)
{
	JsonbIterator *it;
	JsonbValue	key;
	JsonbValue	value;
	RsdSlice	name;

	if (params == NULL)
		return false;
	it = JsonbIteratorInit(&params->root);
	while (next_param(&it, &name, &key, &value))
		if (rsd_marker_same(name, marker))
			return true;
	return false;
}

static void
check_values(Jsonb *params, const text *sql, int part)
{
	RsdMarkers	walk;
	RsdSlice	name;
	RsdMarker	marker;

	rsd_markers_open(&walk, slice_of(sql));
	while ((marker = rsd_markers_next(&walk, &name)) != RSD_MARKER_END)
	{
		if (marker != RSD_MARKER_SURE || has_value(params, name))
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("parameter \"%.*s\" has no value", (int) name.len,
						name.data),
				 part > 0 ?
				 errdetail("Part %d has the marker :%.*s.", part,
						   (int) name.len, name.data) :
				 errdetail("The SQL has the marker :%.*s.", (int) name.len,
						   name.data),
				 errhint("Pass params => '{\"%.*s\": ...}', or quote what is no parameter.",
						 (int) name.len, name.data)));
	}
}

void
rsd_submit_markers(Jsonb *params, text *const *sqls, int n, bool batch)
{
	Search		search = {sqls, n};
	JsonbIterator *it;
	JsonbValue	key;
	JsonbValue	value;
	RsdSlice	name;

	for (int i = 0; i < n; i++)
		check_values(params, sqls[i], batch ? i + 1 : 0);
	if (params == NULL)
		return;
	it = JsonbIteratorInit(&params->root);
	while (next_param(&it, &name, &key, &value))
		if (!is_used(&search, name))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("parameter \"%.*s\" is not used", (int) name.len,
							name.data),
					 batch ?
					 errdetail("No part has the marker :%.*s.", (int) name.len,
							   name.data) :
					 errdetail("The SQL has no marker :%.*s.", (int) name.len,
							   name.data),
					 errhint("The Data API refuses parameters without a marker; there is none in string literals and comments.")));
}

Jsonb *
rsd_submit_used_params(Jsonb *params, text *const *sqls, int n)
{
	Search		search = {sqls, n};
	JsonbParseState *state = NULL;
	JsonbValue *object;
	JsonbIterator *it;
	JsonbValue	key;
	JsonbValue	value;
	RsdSlice	name;
	int			kept = 0;

	if (params == NULL)
		return NULL;
	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	it = JsonbIteratorInit(&params->root);
	while (next_param(&it, &name, &key, &value))
	{
		if (!is_used(&search, name))
			continue;
		pushJsonbValue(&state, WJB_KEY, &key);
		pushJsonbValue(&state, WJB_VALUE, &value);
		kept++;
	}
	object = pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	if (kept == (int) JB_ROOT_COUNT(params))
		return params;
	return kept == 0 ? NULL : JsonbValueToJsonb(object);
}
