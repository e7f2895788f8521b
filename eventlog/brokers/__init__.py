"""The log of several servers, in Redis Streams or Kafka: a stream or topic for each class."""
