/*
 * command.c
 *	  Programs that are run beside everything else.
 *
 * A server's process is no good parent by nature: it ignores signals, holds
 * files and sockets, and where the postmaster is process 1 of a container, an
 * orphan that dies of a signal looks to it like a crash of its own.  So a
 * program starts with signals as they are by default and without our
 * descriptors, and all of its group are reaped here, orphans too.
 */
#include "postgres.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/ilist.h"
#include "utils/memutils.h"

#include "base/env.h"
#include "net/watch.h"
#include "pg/command.h"

extern char **environ;

/* Of its complaints only a line is shown. */
#define MAX_ERRORS			1024

/* Pieces of 4 kB read in a turn; a pipe holds a quarter of that. */
#define MAX_PIECES			64

/*
 * How often to look for an end that no pipe tells of: while it runs, and once
 * it has closed its pipes or was killed.
 */
#define LOOK_MS				1000
#define LOOK_SOON_MS		10

/* Whoever does not die of SIGKILL hangs in the kernel: no more is waited. */
#define DEATH_US			INT64CONST(5000000)
#define DROP_TRIES			200

struct RsdCommands
{
	int			watch;
	dlist_head	list;			/* of RsdCommand */
};

struct RsdCommand
{
	RsdCommands *set;
	pid_t		pid;			/* and its group's */
	int			fds[2];			/* stdout, stderr; -1 once closed */
	RsdBuf		out;
	RsdBuf		errors;
	size_t		max;
	int64		limit_ms;
	int64		end_us;			/* monotonic: its time is up */
	int64		killed_us;		/* when its group was; 0 = not yet */
	int			status;			/* of waitpid, once reaped */
	bool		timed_out;
	char		problem[96];
	RsdCommandEnded ended;
	void	   *arg;
	dlist_node	node;
};

RsdCommands *
rsd_commands_create(void)
{
	int			watch = rsd_watch_create();
	RsdCommands *commands;

	if (watch < 0)
		return NULL;
	commands = palloc0(sizeof(RsdCommands));
	commands->watch = watch;
	dlist_init(&commands->list);
	return commands;
}

/* ---- start ---- */

/*
 * The server's own files are not for strangers, and before 16 it opened them
 * without a word about exec.  It never replaces itself, so the flag does no
 * harm.
 */
static bool
close_all_on_exec(void)
{
	DIR		   *dir = opendir("/proc/self/fd");
	struct dirent *entry;

	if (dir == NULL)
		return false;
	while ((entry = readdir(dir)) != NULL)
	{
		int			fd = atoi(entry->d_name);

		if (fd > STDERR_FILENO)
			(void) fcntl(fd, F_SETFD, FD_CLOEXEC);
	}
	(void) closedir(dir);
	return true;
}

/* Signals as a program expects them, and a group of its own. */
static int
set_attributes(posix_spawnattr_t *attr)
{
	sigset_t	all;
	sigset_t	none;

	sigfillset(&all);
	sigemptyset(&none);
	posix_spawnattr_setsigdefault(attr, &all);
	posix_spawnattr_setsigmask(attr, &none);
	posix_spawnattr_setpgroup(attr, 0);
	return posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGDEF |
									POSIX_SPAWN_SETSIGMASK |
									POSIX_SPAWN_SETPGROUP);
}

/* 0 or an errno. */
static int
spawn(char *const argv[], int out, int errors, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int			problem = posix_spawn_file_actions_init(&actions);

	if (problem != 0)
		return problem;
	problem = posix_spawnattr_init(&attr);
	if (problem == 0)
	{
		posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
										 O_RDONLY, 0);
		posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
		posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
		problem = set_attributes(&attr);
		if (problem == 0)
			problem = posix_spawnp(pid, argv[0], &actions, &attr, argv,
								   environ);
		posix_spawnattr_destroy(&attr);
	}
	posix_spawn_file_actions_destroy(&actions);
	return problem;
}

/* A pipe whose end for reading never blocks; 0 or an errno. */
static int
make_pipe(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC) != 0)
	{
		ends[0] = ends[1] = -1;
		return errno;
	}
	return fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 ? 0 : errno;
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		(void) close(*fd);
	*fd = -1;
}

/* Starts it with its two pipes; 0 or an errno, and nothing left open. */
static int
start_with_pipes(char *const argv[], int fds[2], pid_t *pid)
{
	int			out[2];
	int			errors[2] = {-1, -1};
	int			problem = make_pipe(out);

	if (problem == 0)
		problem = make_pipe(errors);
	if (problem == 0 && !close_all_on_exec())
		problem = errno;
	if (problem == 0)
		problem = spawn(argv, out[1], errors[1], pid);
	close_fd(&out[1]);
	close_fd(&errors[1]);
	if (problem != 0)
	{
		close_fd(&out[0]);
		close_fd(&errors[0]);
	}
	fds[0] = out[0];
	fds[1] = errors[0];
	return problem;
}

RsdCommand *
rsd_command_start(RsdCommands *commands, char *const argv[], int64_t limit_ms,
				  size_t max, RsdCommandEnded ended, void *arg, RsdError *err)
{
	RsdCommand *command = MemoryContextAllocZero(GetMemoryChunkContext(commands),
												 sizeof(RsdCommand));
	int			problem;

	/* Orphans of the group are to come to us. */
	(void) prctl(PR_SET_CHILD_SUBREAPER, 1);
	problem = start_with_pipes(argv, command->fds, &command->pid);
	if (problem != 0)
	{
		rsd_error_set(err, RSD_ERR_INVALID, "it could not be started: %s",
					  strerror(problem));
		pfree(command);
		return NULL;
	}
	command->set = commands;
	rsd_buf_init(&command->out, max);
	rsd_buf_init(&command->errors, MAX_ERRORS);
	command->max = max;
	command->limit_ms = limit_ms;
	command->end_us = rsd_env_mono_us() + limit_ms * 1000;
	command->ended = ended;
	command->arg = arg;
	for (int i = 0; i < 2; i++)
		(void) rsd_watch_set(commands->watch, command->fds[i], true, false);
	dlist_push_tail(&commands->list, &command->node);
	return command;
}

/* ---- end ---- */

static void
close_stream(RsdCommand *command, int i)
{
	if (command->fds[i] >= 0)
		rsd_watch_remove(command->set->watch, command->fds[i]);
	close_fd(&command->fds[i]);
}

static void
free_command(RsdCommand *command)
{
	close_stream(command, 0);
	close_stream(command, 1);
	rsd_buf_wipe(&command->out);
	rsd_buf_free(&command->out);
	rsd_buf_free(&command->errors);
	dlist_delete(&command->node);
	if (dlist_is_empty(&command->set->list))
		(void) prctl(PR_SET_CHILD_SUBREAPER, 0);
	pfree(command);
}

/* Its leader must not have been reaped: till then its number is its own. */
static void
kill_group(RsdCommand *command)
{
	(void) kill(-command->pid, SIGKILL);
	command->killed_us = rsd_env_mono_us();
}

/* True once nobody of its group is left. */
static bool
reap(RsdCommand *command)
{
	pid_t		pid;
	int			status;

	while ((pid = waitpid(-command->pid, &status, WNOHANG)) > 0)
	{
		if (pid == command->pid)
			command->status = status;
	}
	return pid < 0;
}

void
rsd_command_drop(RsdCommand *command)
{
	if (command->killed_us == 0)
		kill_group(command);
	for (int i = 0; i < DROP_TRIES && !reap(command); i++)
		pg_usleep(1000);
	free_command(command);
}

void
rsd_commands_destroy(RsdCommands *commands)
{
	dlist_mutable_iter iter;

	if (commands == NULL)
		return;
	dlist_foreach_modify(iter, &commands->list)
		rsd_command_drop(dlist_container(RsdCommand, node, iter.cur));
	close_fd(&commands->watch);
	pfree(commands);
}

/* ---- between ---- */

/* Takes what is there.  A stream that has ended is closed. */
static void
read_stream(RsdCommand *command, int i, RsdBuf *into)
{
	char		piece[4096];
	ssize_t		n = 1;

	if (command->fds[i] < 0)
		return;
	for (int k = 0; k < MAX_PIECES && n > 0; k++)
	{
		n = read(command->fds[i], piece, sizeof(piece));
		if (n > 0)
			rsd_buf_add(into, piece,
						into == &command->errors ?
						Min((size_t) n, into->max - into->len) : (size_t) n);
	}
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		close_stream(command, i);
	rsd_wipe(piece, sizeof(piece));
}

static void
read_streams(RsdCommand *command)
{
	read_stream(command, 0, &command->out);
	read_stream(command, 1, &command->errors);
}

/* Has it ended by itself?  Leaves it unreaped. */
static bool
has_ended(const RsdCommand *command)
{
	siginfo_t	info = {0};

	return waitid(P_PID, (id_t) command->pid, &info,
				  WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0;
}

/* Kills it if it must not go on, and its group if it has ended. */
static void
judge(RsdCommand *command, int64 now)
{
	bool		ended = has_ended(command);

	/* What it wrote before its end is there to be read now. */
	if (ended)
		read_streams(command);
	if (rsd_buf_failed(&command->out))
		snprintf(command->problem, sizeof(command->problem),
				 "it printed more than %zu bytes", command->max);
	else if (!ended && now >= command->end_us)
	{
		command->timed_out = true;
		snprintf(command->problem, sizeof(command->problem),
				 "it did not end within " INT64_FORMAT " ms",
				 command->limit_ms);
	}
	else if (!ended)
		return;
	kill_group(command);
}

static void
finish(RsdCommand *command)
{
	RsdCommandEnd end = {
		.problem = command->problem[0] != '\0' ? command->problem : NULL,
		.timed_out = command->timed_out,
		.exit_code = WIFSIGNALED(command->status) ?
		128 + WTERMSIG(command->status) : WEXITSTATUS(command->status),
		.out = rsd_buf_slice(&command->out),
		.errors = rsd_buf_slice(&command->errors),
	};

	command->ended(command->arg, &end);
	free_command(command);
}

void
rsd_commands_turn(RsdCommands *commands)
{
	int64		now = rsd_env_mono_us();
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &commands->list)
	{
		RsdCommand *command = dlist_container(RsdCommand, node, iter.cur);

		if (command->killed_us == 0)
		{
			read_streams(command);
			judge(command, now);
		}
		if (command->killed_us != 0 &&
			(reap(command) || now - command->killed_us > DEATH_US))
			finish(command);
	}
}

int
rsd_commands_fd(const RsdCommands *commands)
{
	return commands->watch;
}

int64_t
rsd_commands_timeout_ms(const RsdCommands *commands)
{
	int64		now = rsd_env_mono_us();
	int64		first = -1;
	dlist_iter	iter;

	dlist_foreach(iter, &unconstify(RsdCommands *, commands)->list)
	{
		const RsdCommand *command = dlist_container(RsdCommand, node,
													iter.cur);
		bool		soon = command->killed_us != 0 ||
			(command->fds[0] < 0 && command->fds[1] < 0);
		int64		ms = soon ? LOOK_SOON_MS : LOOK_MS;

		ms = Min(ms, Max((command->end_us - now + 999) / 1000,
						 LOOK_SOON_MS));
		if (first < 0 || ms < first)
			first = ms;
	}
	return first;
}
