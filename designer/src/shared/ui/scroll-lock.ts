/** noLock stands in for antd's lock of the document's scrolling: only parts of our pages scroll, and its style sheet carries no nonce. */
export default function noLock() {}
