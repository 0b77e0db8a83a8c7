/* The callbacks that the plugin registers with the broker. */
#ifndef QLINES_EVENTS_H
#define QLINES_EVENTS_H

/* Each returns a mosq_err_t. `userdata` is the struct plugin_state. */
int on_basic_auth(int event, void *event_data, void *userdata);
int on_disconnect(int event, void *event_data, void *userdata);
int on_acl_check(int event, void *event_data, void *userdata);
int on_message(int event, void *event_data, void *userdata);
int on_control(int event, void *event_data, void *userdata);
int on_tick(int event, void *event_data, void *userdata);

#endif
