/*
 * encode.c
 *		One table of types: which Field member carries a value, what the
 *		service calls the type, and the numbers of its ColumnMetadata. Owns no
 *		state, asks no catalog.
 *
 * Mapping: "Calling the Data API" in the Redshift Management Guide (types by
 * JDBC class); precision and scale follow the PostgreSQL JDBC driver, as the
 * guide's samples do (int4 10, timestamp 29 and 6).
 */
#include "encode.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef enum Form
{
	FORM_STRING,
	FORM_LONG,
	FORM_DOUBLE,
	FORM_BOOLEAN,
	FORM_TIMESTAMP,
	FORM_BYTES
} Form;

/* Where precision and scale come from the type modifier. */
typedef enum Modifier
{
	MOD_NONE,
	MOD_LENGTH,					/* varchar(n) */
	MOD_NUMERIC					/* numeric(p, s) */
} Modifier;

typedef struct Type
{
	Oid			oid;			/* fixed in pg_type.dat */
	const char *name;
	Form		form;
	Modifier	modifier;
	int			precision;
	int			scale;
	bool		is_signed;
	bool		is_text;
} Type;

static const Type types[] = {
	{16, "bool", FORM_BOOLEAN, MOD_NONE, 1, 0, false, false},
	{17, "varbyte", FORM_BYTES, MOD_NONE, 2147483647, 0, false, false},
	{19, "name", FORM_STRING, MOD_NONE, 63, 0, false, true},
	{20, "int8", FORM_LONG, MOD_NONE, 19, 0, true, false},
	{21, "int2", FORM_LONG, MOD_NONE, 5, 0, true, false},
	{23, "int4", FORM_LONG, MOD_NONE, 10, 0, true, false},
	{25, "text", FORM_STRING, MOD_NONE, 2147483647, 0, false, true},
	{114, "super", FORM_STRING, MOD_NONE, 0, 0, false, false},
	{700, "float4", FORM_DOUBLE, MOD_NONE, 8, 8, true, false},
	{701, "float8", FORM_DOUBLE, MOD_NONE, 17, 17, true, false},
	{1042, "bpchar", FORM_STRING, MOD_LENGTH, 2147483647, 0, false, true},
	{1043, "varchar", FORM_STRING, MOD_LENGTH, 2147483647, 0, false, true},
	{1082, "date", FORM_STRING, MOD_NONE, 13, 0, false, false},
	{1083, "time", FORM_STRING, MOD_NONE, 15, 6, false, false},
	{1114, "timestamp", FORM_TIMESTAMP, MOD_NONE, 29, 6, false, false},
	{1184, "timestamptz", FORM_STRING, MOD_NONE, 35, 6, false, false},
	{1266, "timetz", FORM_STRING, MOD_NONE, 21, 6, false, false},
	{1700, "numeric", FORM_STRING, MOD_NUMERIC, 0, 0, true, false},
	{3802, "super", FORM_STRING, MOD_NONE, 0, 0, false, false},
};

static const Type other_type = {
	0, "unknown", FORM_STRING, MOD_NONE, 2147483647, 0, false, true
};

static const Type *
find_type(Oid oid)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
	{
		if (types[i].oid == oid)
			return &types[i];
	}
	return &other_type;
}

bool
emu_encode_type_unknown(Oid type)
{
	return find_type(type) == &other_type;
}

/* Numbers go out as the server wrote them, but NaN and infinities are no
 * JSON numbers: AWS JSON carries those as strings. */
static void
add_double(EmuText *out, const char *value)
{
	bool		number = isdigit((unsigned char) value[strlen(value) - 1]);

	emu_text_addf(out, number ? "{\"doubleValue\":%s}" :
				  "{\"doubleValue\":\"%s\"}", value);
}

static void
add_string(EmuText *out, const char *value, size_t len)
{
	emu_text_adds(out, "{\"stringValue\":");
	emu_text_add_json_string(out, value, len);
	emu_text_add(out, "}", 1);
}

/* As java.sql.Timestamp prints: always a fraction, at least ".0". */
static void
write_timestamp(EmuText *out, const char *value)
{
	size_t		len = strcspn(value, " ");

	if (value[len] == ' ')
		len += 1 + strcspn(value + len + 1, " ");
	emu_text_add(out, value, len);
	if (isdigit((unsigned char) *value) && strchr(value, '.') == NULL)
		emu_text_adds(out, ".0");
	emu_text_adds(out, value + len);
}

static void
add_timestamp(EmuText *out, const char *value)
{
	EmuText		text = {0};

	write_timestamp(&text, value);
	add_string(out, text.data, text.len);
	emu_text_free(&text);
}

/* The server writes bytea as \x and hexadecimal digits. */
static void
add_bytes(EmuText *out, const char *value, bool as_blob)
{
	unsigned char *bytes;
	size_t		len;

	if (!as_blob)
	{
		add_string(out, value + 2, strlen(value) - 2);
		return;
	}
	bytes = PQunescapeBytea((const unsigned char *) value, &len);
	if (bytes == NULL)
		abort();
	emu_text_adds(out, "{\"blobValue\":\"");
	emu_text_add_base64(out, bytes, len);
	emu_text_adds(out, "\"}");
	PQfreemem(bytes);
}

void
emu_encode_field(EmuText *out, const PGresult *result, int row, int column,
				 const EmuOptions *options)
{
	const char *value = PQgetvalue(result, row, column);

	if (PQgetisnull(result, row, column))
	{
		emu_text_adds(out, "{\"isNull\":true}");
		return;
	}
	switch (find_type(PQftype(result, column))->form)
	{
		case FORM_STRING:
			add_string(out, value,
					   (size_t) PQgetlength(result, row, column));
			break;
		case FORM_LONG:
			emu_text_addf(out, "{\"longValue\":%s}", value);
			break;
		case FORM_DOUBLE:
			add_double(out, value);
			break;
		case FORM_BOOLEAN:
			emu_text_addf(out, "{\"booleanValue\":%s}",
						  *value == 't' ? "true" : "false");
			break;
		case FORM_TIMESTAMP:
			add_timestamp(out, value);
			break;
		case FORM_BYTES:
			add_bytes(out, value, options->blob_varbyte);
			break;
	}
}

void
emu_encode_plain(EmuText *out, const PGresult *result, int row, int column)
{
	const char *value = PQgetvalue(result, row, column);

	switch (find_type(PQftype(result, column))->form)
	{
		case FORM_BOOLEAN:
			emu_text_adds(out, *value == 't' ? "true" : "false");
			break;
		case FORM_TIMESTAMP:
			write_timestamp(out, value);
			break;
		case FORM_BYTES:
			emu_text_adds(out, value + 2);
			break;
		default:
			emu_text_add(out, value,
						 (size_t) PQgetlength(result, row, column));
	}
}

/* typmod: header of 4, then length, or precision and scale in two halves. */
static void
apply_modifier(const Type *type, int modifier, int *precision, int *scale)
{
	*precision = type->precision;
	*scale = type->scale;
	if (modifier < 4)
		return;
	if (type->modifier == MOD_LENGTH)
		*precision = modifier - 4;
	else if (type->modifier == MOD_NUMERIC)
	{
		*precision = (modifier - 4) >> 16;
		*scale = (modifier - 4) & 0x7ff;
	}
}

static void
add_member(EmuText *out, const char *name, const char *value)
{
	emu_text_addf(out, ",\"%s\":", name);
	if (value == NULL)
		value = "";
	emu_text_add_json_string(out, value, strlen(value));
}

void
emu_encode_column(EmuText *out, const char *label, Oid type_oid,
				  int modifier, const EmuColumnOrigin *origin)
{
	const Type *type = find_type(type_oid);
	const char *type_name = type->name;
	int			precision;
	int			scale;

	if (type == &other_type && origin->type_name != NULL)
		type_name = origin->type_name;
	apply_modifier(type, modifier, &precision, &scale);
	emu_text_addf(out, "{\"isCaseSensitive\":%s,\"isCurrency\":false,"
				  "\"isSigned\":%s", type->is_text ? "true" : "false",
				  type->is_signed ? "true" : "false");
	add_member(out, "label", label);
	add_member(out, "name", origin->name != NULL ? origin->name : label);
	emu_text_addf(out, ",\"nullable\":%d,\"precision\":%d,\"scale\":%d",
				  origin->not_null ? 0 : 1, precision, scale);
	add_member(out, "schemaName", origin->schema);
	add_member(out, "tableName", origin->table);
	add_member(out, "typeName", type_name);
	emu_text_adds(out, ",\"length\":0");
	if (origin->default_value != NULL)
		add_member(out, "columnDefault", origin->default_value);
	emu_text_add(out, "}", 1);
}
