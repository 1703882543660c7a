/*
 * result_json.c
 *	  From the fields of a result's row to one JSON object.
 *
 * Uses core's own types only, nothing that a user could have defined.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/numeric.h"

#include "pg/result_json.h"

/* Text that is a number as JSON knows it: no NaN, no infinity. */
static bool
is_number(const char *text)
{
	const char *digits = text + (*text == '-' || *text == '+');

	return *digits != '\0' && strspn(digits, "0123456789.eE+-") == strlen(digits) &&
		strpbrk(digits, "0123456789") != NULL;
}

static void
set_string(JsonbValue *value, char *text)
{
	value->type = jbvString;
	value->val.string.val = text;
	value->val.string.len = (int) strlen(text);
}

static void
set_number(JsonbValue *value, char *text)
{
	if (!is_number(text))
	{
		set_string(value, text);
		return;
	}
	value->type = jbvNumeric;
	value->val.numeric =
		DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(text),
											ObjectIdGetDatum(InvalidOid),
											Int32GetDatum(-1)));
}

/* Text that is JSON; a scalar must be taken out of its wrapping array. */
static void
set_json(JsonbValue *value, const char *text)
{
	Jsonb	   *jb = DatumGetJsonbP(DirectFunctionCall1(jsonb_in,
														CStringGetDatum(text)));

	if (JB_ROOT_IS_SCALAR(jb))
		(void) JsonbExtractScalar(&jb->root, value);
	else
		JsonbToJsonbValue(jb, value);
}

static bool
is_numeric_type(const char *type_name)
{
	return strcmp(type_name, "numeric") == 0 ||
		strcmp(type_name, "decimal") == 0;
}

static void
set_value(RsdResult *result, int i, JsonbValue *value)
{
	RsdField   *field = &result->fields[i];
	const char *type_name = result->columns[i].type_name;
	char	   *text;

	if (field->kind == RSD_FIELD_NULL)
	{
		value->type = jbvNull;
		return;
	}
	if (field->kind == RSD_FIELD_BOOL)
	{
		value->type = jbvBool;
		value->val.boolean = field->b;
		return;
	}
	text = rsd_result_text(result, field);
	if (field->kind == RSD_FIELD_LONG || field->kind == RSD_FIELD_DOUBLE ||
		is_numeric_type(type_name))
		set_number(value, text);
	else if (field->kind == RSD_FIELD_STRING && strcmp(type_name, "super") == 0)
		set_json(value, text);
	else
		set_string(value, text);
}

/* What an error is about. */
typedef struct JsonPlace
{
	RsdResult  *result;
	int			column;
} JsonPlace;

static void
describe_place(void *arg)
{
	JsonPlace  *place = arg;
	RsdResult  *result = place->result;

	errcontext("column %d (\"%s\") of row %lld of the result of statement %lld",
			   place->column + 1, result->columns[place->column].name,
			   (long long) result->row_no, (long long) result->id);
}

Jsonb *
rsd_result_json(RsdResult *result)
{
	JsonbParseState *state = NULL;
	JsonbValue *object;
	JsonPlace	place = {result, 0};
	ErrorContextCallback context;

	context.callback = describe_place;
	context.arg = &place;
	context.previous = error_context_stack;
	error_context_stack = &context;
	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < result->ncolumns; i++)
	{
		JsonbValue	key;
		JsonbValue	value;

		place.column = i;
		set_string(&key, result->columns[i].name);
		(void) pushJsonbValue(&state, WJB_KEY, &key);
		set_value(result, i, &value);
		(void) pushJsonbValue(&state, WJB_VALUE, &value);
	}
	error_context_stack = context.previous;
	object = pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	return JsonbValueToJsonb(object);
}
