/*
 * substatement.c
 *		The SubStatements of a DescribeStatement reply.
 */
#include "aws/substatement.h"

#define LENGTH(array) ((int) (sizeof(array) / sizeof((array)[0])))

void
rsd_substatements_open(RsdSubStatements *walk, RsdSlice array)
{
	memset(walk, 0, sizeof(*walk));
	if (array.len > 0)
		rsd_json_open(&walk->reader, array);
	else
		rsd_json_open(&walk->reader, rsd_slice_str("[]"));
}

/* "...:12" is part 12; the service numbers them from 1. */
static int
part_of(const char *id)
{
	const char *colon = strrchr(id, ':');
	int64_t		part;

	if (colon == NULL ||
		!rsd_json_int64(rsd_slice_str(colon + 1), &part) ||
		part < 1 || part > RSD_MAX_PARTS)
		return 0;
	return (int) part;
}

static bool
read_one(RsdJsonReader *reader, RsdSubStatement *out, RsdError *err)
{
	bool		has_result = false;
	bool		told = false;
	char		word[32] = "";
	const RsdJsonField fields[] =
	{
		{"Id", RSD_JSON_AS_TEXT, out->id, sizeof(out->id), true, NULL},
		{"Status", RSD_JSON_AS_CLIPPED, word, sizeof(word), false, NULL},
		{"Error", RSD_JSON_AS_CLIPPED, out->error, sizeof(out->error), false,
		NULL},
		{"HasResultSet", RSD_JSON_AS_BOOL, &has_result, 0, false, &told},
		{"ResultRows", RSD_JSON_AS_INT, &out->result_rows, 0, false, NULL},
		{"ResultSize", RSD_JSON_AS_INT, &out->result_size, 0, false, NULL},
		{"Duration", RSD_JSON_AS_INT, &out->duration_ns, 0, false, NULL},
		{"RedshiftQueryId", RSD_JSON_AS_INT, &out->query_id, 0, false, NULL},
		{"RedshiftQueryUuid", RSD_JSON_AS_CLIPPED, out->query_uuid,
		sizeof(out->query_uuid), false, NULL},
	};

	memset(out, 0, sizeof(*out));
	out->result_rows = out->result_size = -1;
	out->duration_ns = out->query_id = -1;
	if (!rsd_json_read_fields(reader, fields, LENGTH(fields), err))
		return false;
	out->part = part_of(out->id);
	out->status = rsd_service_status_parse(word);
	if (told)
		out->has_result = has_result ? RSD_TRI_YES : RSD_TRI_NO;
	else
		out->has_result = RSD_TRI_UNKNOWN;
	return true;
}

static bool
enter_array(RsdJsonReader *reader, RsdError *err)
{
	RsdJsonToken token;

	if (rsd_json_next(reader, &token) == RSD_JSON_ARRAY)
		return true;
	if (token.kind == RSD_JSON_ERROR)
		return rsd_json_problem(reader, err);
	return rsd_error_set(err, RSD_ERR_MALFORMED,
						 "SubStatements is not an array");
}

int
rsd_substatements_next(RsdSubStatements *walk, RsdSubStatement *out,
					   RsdError *err)
{
	RsdJsonReader ahead;
	RsdJsonToken token;

	if (walk->inside || enter_array(&walk->reader, err))
	{
		walk->inside = true;
		ahead = walk->reader;
		if (rsd_json_next(&ahead, &token) == RSD_JSON_ARRAY_END)
			return 0;
		if (read_one(&walk->reader, out, err))
			return 1;
	}
	rsd_error_doing(err, "reading SubStatements");
	return -1;
}
