/*
 * t_base64.c
 *		Base64: what is encoded is decoded; one text for one content.
 */
#include "base/base64.h"
#include "fuzz.h"

static void
fuzz_one(RsdSlice input)
{
	RsdBuf		text;
	RsdBuf		data;
	RsdError	err;

	rsd_buf_init(&text, 1024 * 1024);
	rsd_buf_init(&data, 1024 * 1024);
	rsd_base64_encode(input, &text);
	need(rsd_base64_decode(rsd_buf_slice(&text), &data, &err));
	need(rsd_slice_eq(rsd_buf_slice(&data), input));
	rsd_buf_reset(&text);
	rsd_buf_reset(&data);
	if (rsd_base64_decode(input, &data, &err))
	{
		rsd_base64_encode(rsd_buf_slice(&data), &text);
		need(rsd_slice_eq(rsd_buf_slice(&text), input));
	}
	rsd_buf_free(&text);
	rsd_buf_free(&data);
}
