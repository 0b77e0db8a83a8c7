/* Notices peers that are gone without a word. */
#ifndef QLINES_DEAD_PEERS_H
#define QLINES_DEAD_PEERS_H

#define PROBE_AFTER_SECONDS 60
#define PROBE_EVERY_SECONDS 10
#define PROBES 6

/* Let the kernel probe a silent TCP connection, and close it when nothing answers for two minutes.
 * MQTT's keepalive may be off or hours long, and the connection of a device that has lost its power
 * would count among those it may have. An error changes nothing else, so it is ignored. */
void dead_peers_notice(int socket);

#endif
