/*
 * listcatalog.c
 *		Bodies and replies of the calls that look into a catalog.
 *
 * Unset members are left out, never sent as null (AWS JSON 1.1).
 */
#include "aws/listcatalog.h"

#include "base/json_put.h"

#define LENGTH(array) ((int) (sizeof(array) / sizeof((array)[0])))

bool
rsd_listcatalog_body(const RsdListCatalogCall *call, RsdBuf *body,
					 RsdError *err)
{
	rsd_buf_addc(body, '{');
	rsd_json_put_optional(body, "Database", call->database);
	rsd_json_put_optional(body, "ConnectedDatabase", call->connected_database);
	rsd_json_put_optional(body, "ClusterIdentifier", call->cluster);
	rsd_json_put_optional(body, "WorkgroupName", call->workgroup);
	rsd_json_put_optional(body, "DbUser", call->db_user);
	rsd_json_put_optional(body, "SecretArn", call->secret_arn);
	rsd_json_put_optional(body, "SchemaPattern", call->schema_pattern);
	rsd_json_put_optional(body, "TablePattern", call->table_pattern);
	rsd_json_put_optional(body, "Schema", call->schema);
	rsd_json_put_optional(body, "Table", call->table);
	if (call->max_results > 0)
		rsd_json_put_int(body, "MaxResults",
						 call->max_results < RSD_LIST_CATALOG_MAX ?
						 call->max_results : RSD_LIST_CATALOG_MAX);
	if (call->next_token.len > 0)
		rsd_json_put_text(body, "NextToken", call->next_token);
	rsd_buf_addc(body, '}');
	return rsd_buf_check(body, "request body", err);
}

bool
rsd_listcatalog_open(RsdListPage *page, RsdOp op, RsdSlice body,
					 RsdError *err)
{
	const char *member = op == RSD_OP_LIST_DATABASES ? "Databases" :
		op == RSD_OP_LIST_SCHEMAS ? "Schemas" :
		op == RSD_OP_LIST_TABLES ? "Tables" : "ColumnList";

	return rsd_listpage_open(page, op, member, body, err);
}

/* A thing without a name is of no use to anybody. */
static bool
require_name(const RsdListPage *page, RsdSlice name, bool *more,
			 RsdError *err)
{
	*more = name.data != NULL;
	if (*more)
		return true;
	rsd_error_set(err, RSD_ERR_MALFORMED, "a name is missing");
	return rsd_error_doing(err, "reading the reply to %s",
						   rsd_op_name(page->op));
}

bool
rsd_listcatalog_name(RsdListPage *page, RsdSlice *name, bool *more,
					 RsdError *err)
{
	if (!rsd_listpage_next(page, name, more, err))
		return false;
	if (!*more)
		return true;
	rsd_listpage_unquote(name);
	return require_name(page, *name, more, err);
}

bool
rsd_listcatalog_table(RsdListPage *page, RsdListedTable *out, bool *more,
					  RsdError *err)
{
	RsdSlice	value;
	const RsdJsonField fields[] =
	{
		{"schema", RSD_JSON_AS_RAW, &out->schema, 0, false, NULL},
		{"name", RSD_JSON_AS_RAW, &out->name, 0, false, NULL},
		{"type", RSD_JSON_AS_RAW, &out->type, 0, false, NULL},
	};

	memset(out, 0, sizeof(*out));
	if (!rsd_listpage_next(page, &value, more, err))
		return false;
	if (!*more)
		return true;
	*more = false;
	if (!rsd_listpage_object(page, value, fields, LENGTH(fields), err))
		return false;
	rsd_listpage_unquote(&out->schema);
	rsd_listpage_unquote(&out->name);
	rsd_listpage_unquote(&out->type);
	return require_name(page, out->name, more, err);
}

/* What is said when the reply does not. */
static void
init_column(RsdListedColumn *out)
{
	memset(out, 0, sizeof(*out));
	out->length = RSD_COLUMN_NUMBER_ABSENT;
	out->precision = RSD_COLUMN_NUMBER_ABSENT;
	out->scale = RSD_COLUMN_NUMBER_ABSENT;
	out->nullable = RSD_COLUMN_NUMBER_ABSENT;
}

static void
unquote_column(RsdListedColumn *out)
{
	rsd_listpage_unquote(&out->schema);
	rsd_listpage_unquote(&out->table);
	rsd_listpage_unquote(&out->name);
	rsd_listpage_unquote(&out->label);
	rsd_listpage_unquote(&out->type);
	rsd_listpage_unquote(&out->default_value);
}

bool
rsd_listcatalog_column(RsdListPage *page, RsdListedColumn *out, bool *more,
					   RsdError *err)
{
	RsdSlice	value;
	const RsdJsonField fields[] =
	{
		{"schemaName", RSD_JSON_AS_RAW, &out->schema, 0, false, NULL},
		{"tableName", RSD_JSON_AS_RAW, &out->table, 0, false, NULL},
		{"name", RSD_JSON_AS_RAW, &out->name, 0, false, NULL},
		{"label", RSD_JSON_AS_RAW, &out->label, 0, false, NULL},
		{"typeName", RSD_JSON_AS_RAW, &out->type, 0, false, NULL},
		{"columnDefault", RSD_JSON_AS_RAW, &out->default_value, 0, false,
		NULL},
		{"length", RSD_JSON_AS_INT, &out->length, 0, false, NULL},
		{"precision", RSD_JSON_AS_INT, &out->precision, 0, false, NULL},
		{"scale", RSD_JSON_AS_INT, &out->scale, 0, false, NULL},
		{"nullable", RSD_JSON_AS_INT, &out->nullable, 0, false, NULL},
		{"isCaseSensitive", RSD_JSON_AS_BOOL, &out->case_sensitive, 0, false,
		&out->has_case_sensitive},
		{"isCurrency", RSD_JSON_AS_BOOL, &out->currency, 0, false,
		&out->has_currency},
		{"isSigned", RSD_JSON_AS_BOOL, &out->is_signed, 0, false,
		&out->has_signed},
	};

	init_column(out);
	if (!rsd_listpage_next(page, &value, more, err))
		return false;
	if (!*more)
		return true;
	*more = false;
	if (!rsd_listpage_object(page, value, fields, LENGTH(fields), err))
		return false;
	unquote_column(out);
	return require_name(page, out->name, more, err);
}
