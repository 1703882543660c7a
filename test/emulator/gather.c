/*
 * gather.c
 *		Collects rows into pages, of JSON or CSV, as they arrive, so that no result is
 *		held twice, and turns errors into the text Redshift shows. Sends
 *		nothing itself; one thread owns one EmuGather.
 */
#include "gather.h"

#include <stdlib.h>
#include <string.h>

#include "encode.h"

void
emu_gather_begin(EmuGather *gather, const EmuOptions *options, bool csv)
{
	memset(gather, 0, sizeof(*gather));
	gather->as_csv = csv;
	gather->options = options;
	gather->rows = -1;
}

static void
begin_result(EmuGather *gather, const PGresult *row)
{
	gather->shape = PQcopyResult(row, PG_COPYRES_ATTRS);
	gather->result = emu_alloc(sizeof(*gather->result));
	emu_result_add_page(gather->result);
	if (gather->as_csv)
		emu_csv_add_header(&gather->csv, row, gather->options);
	gather->rows = 0;
}

static void
add_json_row(EmuGather *gather, const PGresult *row)
{
	EmuResult  *result = gather->result;
	EmuPage    *page = &result->pages[result->npages - 1];
	int			ncolumns = PQnfields(row);

	if (page->rows.len >= gather->options->page_bytes)
		page = emu_result_add_page(result);
	emu_text_adds(&page->rows, page->nrows > 0 ? ",[" : "[");
	for (int i = 0; i < ncolumns; i++)
	{
		if (i > 0)
			emu_text_add(&page->rows, ",", 1);
		emu_encode_field(&page->rows, row, 0, i, gather->options);
	}
	emu_text_add(&page->rows, "]", 1);
	page->nrows++;
}

static void
add_row(EmuGather *gather, const PGresult *row)
{
	EmuResult  *result = gather->result;
	int			ncolumns = PQnfields(row);

	if (gather->as_csv)
		emu_csv_add_row(&gather->csv, result, row, gather->options);
	else
		add_json_row(gather, row);
	for (int i = 0; i < ncolumns; i++)
		result->nbytes += PQgetlength(row, 0, i);
	result->nrows++;
	gather->rows = result->nrows;
	if ((size_t) result->nbytes > gather->options->result_bytes_max)
	{
		gather->too_big = true;
		emu_gather_fail(gather, "Database response exceeded size limit");
	}
}

static void
add_part(EmuText *text, const PGresult *result, int field, const char *label)
{
	const char *value = PQresultErrorField(result, field);

	if (value != NULL)
		emu_text_addf(text, "\n  %s: %s", label, value);
}

/* "ERROR: text\n  Position: n", as the JDBC driver behind the service. */
static void
add_error(EmuGather *gather, const PGresult *result)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY);
	const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	EmuText		text = {0};

	if (gather->error != NULL)
		return;
	if (primary == NULL)
	{
		emu_gather_fail(gather, PQresultErrorMessage(result));
		return;
	}
	gather->query_cancelled = state != NULL && strcmp(state, "57014") == 0;
	emu_text_addf(&text, "%s: %s", severity != NULL ? severity : "ERROR",
				  primary);
	add_part(&text, result, PG_DIAG_MESSAGE_DETAIL, "Detail");
	add_part(&text, result, PG_DIAG_MESSAGE_HINT, "Hint");
	add_part(&text, result, PG_DIAG_STATEMENT_POSITION, "Position");
	add_part(&text, result, PG_DIAG_CONTEXT, "Where");
	gather->error = text.data;
}

void
emu_gather_fail(EmuGather *gather, const char *message)
{
	if (gather->error == NULL)
		gather->error = emu_strdup(message);
}

/* The count of a command tag; -1 where it has none, as of DDL. */
static int64_t
affected(PGresult *result)
{
	const char *count = PQcmdTuples(result);

	return *count != '\0' ? strtoll(count, NULL, 10) : -1;
}

void
emu_gather_add(EmuGather *gather, PGresult *result)
{
	switch (PQresultStatus(result))
	{
		case PGRES_SINGLE_TUPLE:
			if (gather->result == NULL)
				begin_result(gather, result);
			if (gather->error == NULL)
				add_row(gather, result);
			break;
		case PGRES_TUPLES_OK:
			if (gather->result == NULL)
				begin_result(gather, result);
			break;
		case PGRES_COMMAND_OK:
			gather->rows = affected(result);
			break;
		case PGRES_EMPTY_QUERY:
			break;
		case PGRES_COPY_IN:
		case PGRES_COPY_OUT:
		case PGRES_COPY_BOTH:
			gather->copying = true;
			emu_gather_fail(gather, "ERROR: COPY to or from the client is "
							"not possible here");
			break;
		default:
			add_error(gather, result);
	}
	PQclear(result);
}

const char *
emu_gather_origin_query(const EmuGather *gather, char **relations,
						char **numbers, char **types)
{
	EmuText		lists[3] = {{0}, {0}, {0}};
	int			ncolumns = gather->shape ? PQnfields(gather->shape) : 0;
	bool		wanted = false;

	for (int i = 0; i < ncolumns; i++)
	{
		const char *lead = i == 0 ? "{" : ",";
		Oid			type = PQftype(gather->shape, i);
		Oid			table = PQftable(gather->shape, i);

		wanted = wanted || table != 0 || emu_encode_type_unknown(type);
		emu_text_addf(&lists[0], "%s%u", lead, table);
		emu_text_addf(&lists[1], "%s%d", lead,
					  PQftablecol(gather->shape, i));
		emu_text_addf(&lists[2], "%s%u", lead, type);
	}
	for (int i = 0; i < 3; i++)
		emu_text_adds(&lists[i], "}");
	*relations = lists[0].data;
	*numbers = lists[1].data;
	*types = lists[2].data;
	if (wanted)
		return "SELECT t.typname, n.nspname, c.relname, a.attname, "
			"pg_catalog.pg_get_expr(d.adbin, d.adrelid), a.attnotnull "
			"FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), "
			"pg_catalog.unnest($2::pg_catalog.int4[]), "
			"pg_catalog.unnest($3::pg_catalog.oid[])) "
			"WITH ORDINALITY AS u(rel, num, typ, place) "
			"LEFT JOIN pg_catalog.pg_type t ON t.oid = u.typ "
			"LEFT JOIN pg_catalog.pg_attribute a "
			"ON a.attrelid = u.rel AND a.attnum = u.num "
			"LEFT JOIN pg_catalog.pg_class c ON c.oid = a.attrelid "
			"LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
			"LEFT JOIN pg_catalog.pg_attrdef d "
			"ON d.adrelid = a.attrelid AND d.adnum = a.attnum "
			"ORDER BY u.place";
	for (int i = 0; i < 3; i++)
		emu_text_free(&lists[i]);
	return NULL;
}

void
emu_gather_origins(EmuGather *gather, PGresult *answer)
{
	/* The statement itself has succeeded; without this it has less to tell. */
	if (PQresultStatus(answer) == PGRES_TUPLES_OK &&
		PQntuples(answer) == PQnfields(gather->shape) &&
		gather->origins == NULL)
		gather->origins = answer;
	else
		PQclear(answer);
}

static const char *
origin_value(const EmuGather *gather, int column, int field)
{
	if (gather->origins == NULL ||
		PQgetisnull(gather->origins, column, field))
		return NULL;
	return PQgetvalue(gather->origins, column, field);
}

static void
describe_columns(EmuGather *gather)
{
	EmuText    *columns = &gather->result->columns;
	int			ncolumns = PQnfields(gather->shape);

	emu_text_add(columns, "[", 1);
	for (int i = 0; i < ncolumns; i++)
	{
		const char *not_null = origin_value(gather, i, 5);
		EmuColumnOrigin origin = {
			.type_name = origin_value(gather, i, 0),
			.schema = origin_value(gather, i, 1),
			.table = origin_value(gather, i, 2),
			.name = origin_value(gather, i, 3),
			.default_value = origin_value(gather, i, 4),
			.not_null = not_null != NULL && *not_null == 't'
		};

		if (i > 0)
			emu_text_add(columns, ",", 1);
		emu_encode_column(columns, PQfname(gather->shape, i),
						  PQftype(gather->shape, i), PQfmod(gather->shape, i),
						  &origin);
	}
	emu_text_add(columns, "]", 1);
}

EmuResult *
emu_gather_result(EmuGather *gather)
{
	EmuResult  *result = gather->result;

	if (result != NULL)
	{
		describe_columns(gather);
		emu_csv_finish(&gather->csv, result, gather->options);
	}
	gather->result = NULL;
	emu_gather_drop_result(gather);
	return result;
}

void
emu_gather_drop_result(EmuGather *gather)
{
	PQclear(gather->shape);
	PQclear(gather->origins);
	emu_csv_free(&gather->csv);
	gather->shape = NULL;
	gather->origins = NULL;
	emu_result_free(gather->result);
	gather->result = NULL;
}
