/* Notices peers that are gone without a word. */
#include "dead_peers.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

static void set(int socket, int level, int option, int value) {
    (void)setsockopt(socket, level, option, &value, sizeof value);
}

void dead_peers_notice(int socket) {
    set(socket, IPPROTO_TCP, TCP_KEEPIDLE, PROBE_AFTER_SECONDS);
    set(socket, IPPROTO_TCP, TCP_KEEPINTVL, PROBE_EVERY_SECONDS);
    set(socket, IPPROTO_TCP, TCP_KEEPCNT, PROBES);
    set(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
}
