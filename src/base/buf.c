/*
 * buf.c
 *		The growing buffer.
 *
 * Owns all malloc of the pure folders but that of constructors.  Growth is
 * malloc, copy, wipe, free rather than realloc, so that no copy of a secret
 * stays behind in freed memory.  A large buffer has pages of its own, which
 * the kernel moves when it grows and takes back when it is freed: on the
 * heap a page of results would leave holes of its size.
 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define MIN_CAPACITY 64
/* From this capacity on a buffer is mapped. */
#define MIN_MAPPED (256 * 1024)
/* Room for the NUL must never overflow. */
#define MAX_CAPACITY (SIZE_MAX / 4)

void
rsd_wipe(void *data, size_t len)
{
	if (len > 0)
		explicit_bzero(data, len);
}

void
rsd_buf_init(RsdBuf *buf, size_t max)
{
	memset(buf, 0, sizeof(*buf));
	buf->max = max < MAX_CAPACITY ? max : MAX_CAPACITY;
}

/* An allocation of cap bytes, or NULL. */
static char *
allocate(size_t cap)
{
	void	   *data;

	if (cap < MIN_MAPPED)
		return malloc(cap);
	data = mmap(NULL, cap, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return data == MAP_FAILED ? NULL : data;
}

static void
release(RsdBuf *buf)
{
	if (buf->cap < MIN_MAPPED)
		free(buf->data);
	else
		(void) munmap(buf->data, buf->cap);
}

/* Moves the content to an allocation of cap bytes; NULL if there is none. */
static char *
copy_to(RsdBuf *buf, size_t cap)
{
	char	   *data = allocate(cap);

	if (data != NULL && buf->data != NULL)
	{
		memcpy(data, buf->data, buf->len);
		rsd_wipe(buf->data, buf->cap);
		release(buf);
	}
	return data;
}

/* The same for pages, which move without a copy. */
static char *
remap_to(RsdBuf *buf, size_t cap)
{
	void	   *data = mremap(buf->data, buf->cap, cap, MREMAP_MAYMOVE);

	return data == MAP_FAILED ? NULL : data;
}

/* Gives the buffer a capacity of cap bytes, which is more than it has. */
static bool
grow_to(RsdBuf *buf, size_t cap)
{
	char	   *data = buf->cap < MIN_MAPPED ? copy_to(buf, cap)
		: remap_to(buf, cap);

	if (data == NULL)
	{
		buf->failure = RSD_ERR_MEMORY;
		return false;
	}
	data[buf->len] = '\0';
	buf->data = data;
	buf->cap = cap;
	return true;
}

/* Makes room for more bytes and a NUL, or sets the failure. */
static bool
make_room(RsdBuf *buf, size_t more)
{
	size_t		need;
	size_t		cap;

	if (buf->failure != RSD_ERR_NONE)
		return false;
	if (more > buf->max - buf->len)
	{
		buf->failure = RSD_ERR_LIMIT;
		return false;
	}
	need = buf->len + more + 1;
	if (need <= buf->cap)
		return true;
	cap = buf->cap * 2;
	if (cap < MIN_CAPACITY)
		cap = MIN_CAPACITY;
	if (cap < need)
		cap = need;
	if (cap > buf->max + 1)
		cap = buf->max + 1;
	return grow_to(buf, cap);
}

void
rsd_buf_add(RsdBuf *buf, const void *data, size_t len)
{
	if (len == 0 || !make_room(buf, len))
		return;
	memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

void
rsd_buf_addc(RsdBuf *buf, char c)
{
	rsd_buf_add(buf, &c, 1);
}

void
rsd_buf_adds(RsdBuf *buf, const char *str)
{
	rsd_buf_add(buf, str, strlen(str));
}

void
rsd_buf_addf(RsdBuf *buf, const char *fmt,...)
{
	va_list		args;
	int			n;

	va_start(args, fmt);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (n <= 0 || !make_room(buf, (size_t) n))
		return;
	va_start(args, fmt);
	(void) vsnprintf(buf->data + buf->len, (size_t) n + 1, fmt, args);
	va_end(args);
	buf->len += (size_t) n;
}

void
rsd_buf_reset(RsdBuf *buf)
{
	buf->len = 0;
	buf->failure = RSD_ERR_NONE;
	if (buf->data != NULL)
		buf->data[0] = '\0';
}

void
rsd_buf_wipe(RsdBuf *buf)
{
	if (buf->data != NULL)
		rsd_wipe(buf->data, buf->cap);
	rsd_buf_reset(buf);
}

void
rsd_buf_free(RsdBuf *buf)
{
	if (buf->data != NULL)
		release(buf);
	rsd_buf_init(buf, buf->max);
}

void
rsd_buf_give_back(RsdBuf *buf, size_t n)
{
	size_t		page = (size_t) sysconf(_SC_PAGESIZE);

	if (buf->cap >= MIN_MAPPED && n >= page && n <= buf->len)
		(void) madvise(buf->data, n - n % page, MADV_DONTNEED);
}

bool
rsd_buf_check(const RsdBuf *buf, const char *what, RsdError *err)
{
	if (buf->failure == RSD_ERR_NONE)
		return true;
	if (buf->failure == RSD_ERR_LIMIT)
		return rsd_error_set(err, RSD_ERR_LIMIT, "%s exceeds %zu bytes",
							 what, buf->max);
	return rsd_error_set(err, buf->failure, "out of memory for %s", what);
}
