/*
 * t_ini.c
 *		The reader of the shared config and credentials files.
 */
#include "base/ini.h"
#include "fuzz.h"

static void
need_inside(RsdSlice part, RsdSlice whole)
{
	if (part.len > 0)
		need(part.data >= whole.data &&
			 part.data + part.len <= whole.data + whole.len);
}

static void
fuzz_one(RsdSlice input)
{
	RsdIniReader reader;
	RsdIniItem	item;
	RsdIniKind	kind;
	RsdError	err;
	int			line = 0;

	rsd_ini_open(&reader, input);
	while ((kind = rsd_ini_next(&reader, &item)) != RSD_INI_END &&
		   kind != RSD_INI_ERROR)
	{
		need_inside(item.name, input);
		need_inside(item.value, input);
		need(item.line > line);
		line = item.line;
	}
	/* both ends are sticky */
	need(rsd_ini_next(&reader, &item) == kind);
	if (kind == RSD_INI_ERROR)
	{
		need(!rsd_ini_problem(&reader, "f", &err));
		need(err.kind == RSD_ERR_MALFORMED);
	}
}
