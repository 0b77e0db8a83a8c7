#include "mosquitto.h"
