/*
 * load_value.c
 *	  Values of a target's column from the service's text.
 *
 * The types that most results consist of have readers here for the spelling
 * in which the service writes them, several times as fast as the input
 * functions.  A reader gives exactly what the input function would, or leaves
 * the text to it: other spellings, values out of range and all errors are the
 * type's own affair.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "base/literal.h"
#include "base/word.h"
#include "pg/compat.h"
#include "pg/load_value.h"

/* Days from 1970-01-01 to PostgreSQL's own first day. */
#define EPOCH_DAYS	(POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE)

static bool
read_int2(const RsdValueMaker *maker, RsdSlice text, Datum *value)
{
	int64_t		n;

	if (!rsd_literal_int(text, &n) || n < PG_INT16_MIN || n > PG_INT16_MAX)
		return false;
	*value = Int16GetDatum((int16) n);
	return true;
}

static bool
read_int4(const RsdValueMaker *maker, RsdSlice text, Datum *value)
{
	int64_t		n;

	if (!rsd_literal_int(text, &n) || n < PG_INT32_MIN || n > PG_INT32_MAX)
		return false;
	*value = Int32GetDatum((int32) n);
	return true;
}

static bool
read_int8(const RsdValueMaker *maker, RsdSlice text, Datum *value)
{
	int64_t		n;

	if (!rsd_literal_int(text, &n))
		return false;
	*value = Int64GetDatum(n);
	return true;
}

static bool
read_float4(const RsdValueMaker *maker, RsdSlice text, Datum *value)
{
	float		f;

	if (!rsd_literal_float(text, &f))
		return false;
	*value = Float4GetDatum(f);
	return true;
}

static bool
read_float8(const RsdValueMaker *maker, RsdSlice text, Datum *value)
{
	double		d;

	if (!rsd_literal_double(text, &d))
		return false;
	*value = Float8GetDatum(d);
	return true;
}

static bool
read_bool(const RsdValueMaker *maker, RsdSlice text, Datum *value)
{
	bool		yes = rsd_slice_is(text, "true") || rsd_slice_is(text, "t");

	if (!yes && !rsd_slice_is(text, "false") && !rsd_slice_is(text, "f"))
		return false;
	*value = BoolGetDatum(yes);
	return true;
}

static const int64 powers_of_ten[RSD_DECIMAL_DIGITS + 1] = {
	INT64CONST(1), INT64CONST(10), INT64CONST(100), INT64CONST(1000),
	INT64CONST(10000), INT64CONST(100000), INT64CONST(1000000),
	INT64CONST(10000000), INT64CONST(100000000), INT64CONST(1000000000),
	INT64CONST(10000000000), INT64CONST(100000000000),
	INT64CONST(1000000000000), INT64CONST(10000000000000),
	INT64CONST(100000000000000), INT64CONST(1000000000000000),
	INT64CONST(10000000000000000), INT64CONST(100000000000000000),
	INT64CONST(1000000000000000000)
};

/*
 * numeric(precision, scale): zeros behind the point are added, but digits
 * that would have to be rounded away are for numeric_in().
 */
static bool
fit_numeric(int32 typmod, RsdDecimal *decimal)
{
	int			precision = ((typmod - VARHDRSZ) >> 16) & 0xffff;
	int			scale = (typmod - VARHDRSZ) & 0x7ff;
	int			more = scale - decimal->scale;

	if (scale > RSD_DECIMAL_DIGITS || more < 0 ||
		llabs(decimal->digits) >= powers_of_ten[RSD_DECIMAL_DIGITS - more])
		return false;
	decimal->digits *= powers_of_ten[more];
	decimal->scale = scale;
	return precision >= RSD_DECIMAL_DIGITS ||
		llabs(decimal->digits) < powers_of_ten[precision];
}

static bool
read_numeric(const RsdValueMaker *maker, RsdSlice text, Datum *value)
{
	RsdDecimal	decimal;

	if (!rsd_literal_decimal(text, &decimal))
		return false;
	if (maker->typmod >= (int32) VARHDRSZ &&
		!fit_numeric(maker->typmod, &decimal))
		return false;
	*value = NumericGetDatum(int64_div_fast_to_numeric(decimal.digits,
													   decimal.scale));
	return true;
}

/* Are these bytes ASCII, none of them a NUL? */
static bool
is_plain(RsdSlice text)
{
	const char *p = text.data;
	size_t		left = text.len;

	for (; left >= RSD_WORD_BYTES; p += RSD_WORD_BYTES, left -= RSD_WORD_BYTES)
	{
		uint64		word = rsd_word_load(p);

		if ((rsd_word_equal(word, '\0') | (word & RSD_WORD_OF(0x80))) != 0)
			return false;
	}
	for (; left > 0; p++, left--)
	{
		if (*p == '\0' || IS_HIGHBIT_SET(*p))
			return false;
	}
	return true;
}

static Datum
make_text(RsdSlice text, size_t padding)
{
	struct varlena *value = palloc(VARHDRSZ + text.len + padding);

	SET_VARSIZE(value, VARHDRSZ + text.len + padding);
	if (text.len > 0)
		memcpy(VARDATA(value), text.data, text.len);
	memset(VARDATA(value) + text.len, ' ', padding);
	return PointerGetDatum(value);
}

/* text and varchar; a length in bytes that fits is one in characters, too. */
static bool
read_text(const RsdValueMaker *maker, RsdSlice text, Datum *value)
{
	if (maker->typmod >= (int32) VARHDRSZ &&
		text.len > (size_t) maker->typmod - VARHDRSZ)
		return false;
	if (!is_plain(text))
	{
		if (GetDatabaseEncoding() != PG_UTF8)
			return false;
		(void) pg_verifymbstr(text.data, (int) text.len, false);
	}
	*value = make_text(text, 0);
	return true;
}

/* bpchar(n) is filled up with blanks. */
static bool
read_bpchar(const RsdValueMaker *maker, RsdSlice text, Datum *value)
{
	size_t		wanted = text.len;

	if (maker->typmod >= (int32) VARHDRSZ)
		wanted = (size_t) maker->typmod - VARHDRSZ;
	if (text.len > wanted || !is_plain(text))
		return false;
	*value = make_text(text, wanted - text.len);
	return true;
}

static bool
read_date(const RsdValueMaker *maker, RsdSlice text, Datum *value)
{
	int32_t		days;

	if (!rsd_literal_date(text, &days))
		return false;
	*value = DateADTGetDatum(days - EPOCH_DAYS);
	return true;
}

/* time(p) and the like: has the text digits that would be rounded away? */
static bool
too_fine(const RsdValueMaker *maker, int fraction)
{
	return maker->typmod >= 0 && fraction > maker->typmod;
}

static bool
read_time(const RsdValueMaker *maker, RsdSlice text, Datum *value)
{
	int64_t		us;
	int			fraction;

	if (!rsd_literal_time(text, &us, &fraction) || too_fine(maker, fraction))
		return false;
	*value = TimeADTGetDatum(us);
	return true;
}

static bool
read_timestamp(const RsdValueMaker *maker, RsdSlice text, Datum *value)
{
	RsdStamp	stamp;

	if (!rsd_literal_stamp(text, &stamp) || stamp.has_offset ||
		too_fine(maker, stamp.fraction))
		return false;
	*value = TimestampGetDatum(stamp.us - EPOCH_DAYS * USECS_PER_DAY);
	return true;
}

static bool
read_timestamptz(const RsdValueMaker *maker, RsdSlice text, Datum *value)
{
	RsdStamp	stamp;

	if (!rsd_literal_stamp(text, &stamp) || !stamp.has_offset ||
		too_fine(maker, stamp.fraction))
		return false;
	*value = TimestampTzGetDatum(stamp.us - EPOCH_DAYS * USECS_PER_DAY -
								 stamp.east * USECS_PER_SEC);
	return true;
}

/* Domains are not among them: their constraints are for domain_in(). */
static const struct
{
	Oid			type;
	RsdValueReader reader;
}			readers[] =
{
	{INT2OID, read_int2},
	{INT4OID, read_int4},
	{INT8OID, read_int8},
	{FLOAT4OID, read_float4},
	{FLOAT8OID, read_float8},
	{BOOLOID, read_bool},
	{NUMERICOID, read_numeric},
	{TEXTOID, read_text},
	{VARCHAROID, read_text},
	{BPCHAROID, read_bpchar},
	{DATEOID, read_date},
	{TIMEOID, read_time},
	{TIMESTAMPOID, read_timestamp},
	{TIMESTAMPTZOID, read_timestamptz},
};

void
rsd_value_maker_init(RsdValueMaker *maker, Oid type, int32 typmod)
{
	Oid			function;

	memset(maker, 0, sizeof(*maker));
	maker->typmod = typmod;
	getTypeInputInfo(type, &function, &maker->ioparam);
	fmgr_info(function, &maker->input);
	for (int i = 0; i < (int) lengthof(readers); i++)
	{
		if (readers[i].type == type)
			maker->reader = readers[i].reader;
	}
}

/* A C string in the database's encoding. */
static char *
to_server(RsdSlice text)
{
	char	   *copy = palloc(text.len + 1);

	if (text.len > 0)
		memcpy(copy, text.data, text.len);
	copy[text.len] = '\0';
	return pg_any_to_server(copy, (int) text.len, PG_UTF8);
}

Datum
rsd_value_make(RsdValueMaker *maker, RsdSlice text, const char **shown)
{
	Datum		value;
	char	   *string;

	if (maker->reader != NULL && maker->reader(maker, text, &value))
		return value;
	*shown = string = to_server(text);
	return InputFunctionCall(&maker->input, string, maker->ioparam,
							 maker->typmod);
}

void
rsd_value_null(RsdValueMaker *maker)
{
	(void) InputFunctionCall(&maker->input, NULL, maker->ioparam,
							 maker->typmod);
}
