/* What the broker asks of the plugin; each returns the broker's error code. */
#ifndef QLINES_EVENTS_H
#define QLINES_EVENTS_H

/* The signature that mosquitto_callback_register wants; `userdata` is the struct door. */
int on_basic_auth(int event, void *event_data, void *userdata);
int on_disconnect(int event, void *event_data, void *userdata);
int on_acl_check(int event, void *event_data, void *userdata);
int on_message(int event, void *event_data, void *userdata);
int on_tick(int event, void *event_data, void *userdata);

#endif
