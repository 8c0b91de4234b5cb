import { createLink } from '@tanstack/react-router';
import { Button } from 'antd';

/** ButtonLink is a link that looks like a button. */
export const ButtonLink = createLink(Button);
