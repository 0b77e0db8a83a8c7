/* Preloaded into a program, it shifts the wall clock by the seconds that a mapped file holds.
 *
 * The file is 8 bytes, a native int64. Only what the tests' programs call is here. Absolute
 * deadlines on the wall clock are shifted back, because the kernel compares them with the true
 * time. (libfaketime makes Python's time.sleep fail: it shifts deadlines on the monotonic clock
 * too.)
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *mapped;

__attribute__((constructor)) static void map_offset(void) {
    const char *path = getenv("SHIFTED_CLOCK_FILE");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *memory = file < 0 ? MAP_FAILED : mmap(NULL, 8, PROT_READ, MAP_SHARED, file, 0);
    if (memory != MAP_FAILED)
        mapped = memory;
    if (file >= 0)
        close(file);
}

static int64_t offset_seconds(void) {
    return mapped ? *mapped : 0;
}

static int is_wall_clock(clockid_t id) {
    return id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE;
}

static struct timespec true_time(const struct timespec *shifted) {
    return (struct timespec){shifted->tv_sec - offset_seconds(), shifted->tv_nsec};
}

int clock_gettime(clockid_t id, struct timespec *now) {
    int result = (int)syscall(SYS_clock_gettime, id, now);
    if (result == 0 && is_wall_clock(id))
        now->tv_sec += offset_seconds();
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec precise;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &precise);
    *now = (struct timeval){precise.tv_sec, precise.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *result) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    if (result)
        *result = now.tv_sec;
    return now.tv_sec;
}

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict deadline) {
    int (*next)(sem_t *, const struct timespec *) = dlsym(RTLD_NEXT, "sem_timedwait");
    struct timespec moment = true_time(deadline);
    return next(semaphore, &moment);
}

int sem_clockwait(sem_t *restrict semaphore, clockid_t id,
                  const struct timespec *restrict deadline) {
    int (*next)(sem_t *, clockid_t, const struct timespec *) = dlsym(RTLD_NEXT, "sem_clockwait");
    struct timespec moment = is_wall_clock(id) ? true_time(deadline) : *deadline;
    return next(semaphore, id, &moment);
}

int pthread_cond_clockwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                           clockid_t id, const struct timespec *restrict deadline) {
    int (*next)(pthread_cond_t *, pthread_mutex_t *, clockid_t, const struct timespec *) =
        dlsym(RTLD_NEXT, "pthread_cond_clockwait");
    struct timespec moment = is_wall_clock(id) ? true_time(deadline) : *deadline;
    return next(condition, mutex, id, &moment);
}
