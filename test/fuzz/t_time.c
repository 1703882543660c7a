/*
 * t_time.c
 *		Instants as services and files write them.
 */
#include "base/timefmt.h"
#include "fuzz.h"

/* The X-Amz-Date form as ISO 8601 with separators. */
static void
to_iso(const char *amz, char iso[24])
{
	snprintf(iso, 24, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", amz, amz + 4,
			 amz + 6, amz + 9, amz + 11, amz + 13);
}

static void
check_instant(int64_t us)
{
	char		amz[RSD_TIME_AMZ_LEN];
	char		iso[24];
	int64_t		again;

	rsd_time_amz(us, amz);
	need(strlen(amz) == RSD_TIME_AMZ_LEN - 1);
	/* in the years that form can write, whole seconds come back */
	if (us < 0 || us >= INT64_C(253402300800000000))
		return;
	to_iso(amz, iso);
	need(rsd_time_parse(rsd_slice_str(iso), &again));
	need(again == us - us % 1000000);
}

static void
fuzz_one(RsdSlice input)
{
	int64_t		us;

	if (rsd_time_parse(input, &us))
		check_instant(us);
	if (rsd_time_parse_http(input, &us))
		check_instant(us);
}
