// Part of the editor's page at `npm start`: opens the debug sidebar, where the events of the demo arrive.
/* global RED, setTimeout -- of the editor's page */

// The editor chooses a sidebar of its own right after it has loaded the flows.
RED.events.on('flows:loaded', () => setTimeout(() => RED.sidebar.show('debug')))
