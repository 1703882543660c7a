/*
 * command.c
 *		credential_process and nothing else.
 */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/env.h"

extern char **environ;

static int64_t
now_ms(void)
{
	const RsdEnv *env = rsd_env_system();

	return env->mono_us(env->arg) / 1000;
}

/* Starts it with the ends of two pipes; 0 or an errno. */
static int
start(char **argv, int out, int errors, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int			result = posix_spawn_file_actions_init(&actions);

	if (result != 0)
		return result;
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", 0, 0);
	posix_spawn_file_actions_adddup2(&actions, out, 1);
	posix_spawn_file_actions_adddup2(&actions, errors, 2);
	result = posix_spawnp(pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return result;
}

/* Reads what is there; false at the end of the stream. */
static bool
take(int fd, RsdBuf *buf)
{
	char		piece[4096];
	ssize_t		n = read(fd, piece, sizeof(piece));

	if (n > 0)
		rsd_buf_add(buf, piece, (size_t) n);
	rsd_wipe(piece, sizeof(piece));
	return n > 0 || (n < 0 && errno == EINTR);
}

/* Reads both streams to their ends; false if time is up first. */
static bool
read_both(const int fds[2], CallCommand *command, int64_t end_ms)
{
	struct pollfd polls[2] = {
		{.fd = fds[0],.events = POLLIN}, {.fd = fds[1],.events = POLLIN}
	};

	while (polls[0].fd >= 0 || polls[1].fd >= 0)
	{
		int64_t		left = end_ms - now_ms();

		if (left <= 0)
			return false;
		if (poll(polls, 2, (int) left) <= 0)
			continue;
		if (polls[0].revents != 0 && !take(fds[0], &command->out))
			polls[0].fd = -1;
		if (polls[1].revents != 0 && !take(fds[1], &command->errors))
			polls[1].fd = -1;
	}
	return true;
}

static void
finish(pid_t pid, bool ended, CallCommand *command)
{
	int			status = 0;

	if (!ended)
	{
		(void) kill(pid, SIGKILL);
		command->timed_out = true;
		snprintf(command->problem, sizeof(command->problem),
				 "it did not end in time");
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	command->exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status)
		: WEXITSTATUS(status);
	if (ended && rsd_buf_failed(&command->out))
		snprintf(command->problem, sizeof(command->problem),
				 "it printed too much");
}

void
call_command_run(char **argv, int64_t limit_ms, size_t max,
				 CallCommand *command)
{
	int			out[2] = {-1, -1};
	int			errors[2] = {-1, -1};
	pid_t		pid;
	int			problem = 0;

	memset(command, 0, sizeof(*command));
	rsd_buf_init(&command->out, max);
	rsd_buf_init(&command->errors, 64 * 1024);
	if (pipe2(out, O_CLOEXEC) != 0 || pipe2(errors, O_CLOEXEC) != 0)
		problem = errno;
	else
		problem = start(argv, out[1], errors[1], &pid);
	(void) close(out[1]);
	(void) close(errors[1]);
	if (problem == 0)
	{
		int			fds[2] = {out[0], errors[0]};

		finish(pid, read_both(fds, command, now_ms() + limit_ms), command);
	}
	else
		snprintf(command->problem, sizeof(command->problem),
				 "it could not be started: %s", strerror(problem));
	(void) close(out[0]);
	(void) close(errors[0]);
}

void
call_command_free(CallCommand *command)
{
	rsd_buf_wipe(&command->out);
	rsd_buf_free(&command->out);
	rsd_buf_free(&command->errors);
}
