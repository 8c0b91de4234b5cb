import 'antd/dist/antd.css';
import './app.css';
import { createRoot } from 'react-dom/client';
import { startI18n } from '@/i18n';
import { Providers } from './providers';

await startI18n();
createRoot(document.getElementById('root')!).render(<Providers />);
