/*
 * usage.h
 *		The help text.
 */
#ifndef EMU_USAGE_H
#define EMU_USAGE_H

extern const char emu_usage[];

#endif							/* EMU_USAGE_H */
